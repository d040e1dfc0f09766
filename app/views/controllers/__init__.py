"""The controllers: `panel` draws them alive, `editor` says what a control does, `files` asks where bindings lie."""
