"""Audio as data: files, resampling, rings, echo cancellation, devices."""
