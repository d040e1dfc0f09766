"""The sections of the window, each a view of its own model.

`section` is their base. `chain`: the stages, the controllers, and the keys that open pages. `pictures`: lamp, input,
depth, what plays now, the programme. `photographer` takes the scenes' pictures, `album` keeps them. `knobs`, `pads`,
`lists`, `transport`: what hands play. `strip`: figures and events.
"""
