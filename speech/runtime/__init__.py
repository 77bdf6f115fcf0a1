"""What every room stands on, without any machine learning: errors, clocks, channels, cancellation, backends."""
