"""Every error that Warmline raises on purpose, in one tree. A message says what is wrong and what to do.

WarmlineError
├── UsageError              a person asked for something that cannot be: exit status 2
│   ├── SettingsError       a setting is unknown or has the wrong type
│   ├── UnknownBackend      no backend of that kind has that name
│   ├── MissingExtra        a backend needs a package that is not installed
│   └── UnreadableInput     a file is missing, is no audio, is empty, too short or too long
├── WeightsError            weights are missing or are not what they should be
│   ├── MissingWeights
│   └── CorruptWeights
├── DeviceError             no microphone, no loudspeaker, or it was unplugged
├── StorageError            a file could not be written (full disk, no permission)
└── BackendError            a model failed while it was working
    ├── RecognitionError
    ├── LanguageModelError  the model died, stalled or cannot be reached
    └── VoiceError
"""


class WarmlineError(Exception):
    """Base of all errors raised on purpose; ``str(error)`` is one line fit to show a person."""

    exit_status = 1


class UsageError(WarmlineError):
    exit_status = 2


class SettingsError(UsageError):
    pass


class UnknownBackend(UsageError):
    pass


class MissingExtra(UsageError):
    pass


class UnreadableInput(UsageError):
    pass


class WeightsError(WarmlineError):
    exit_status = 3


class MissingWeights(WeightsError):
    pass


class CorruptWeights(WeightsError):
    pass


class DeviceError(WarmlineError):
    exit_status = 4


class StorageError(WarmlineError):
    exit_status = 5


class BackendError(WarmlineError):
    exit_status = 6


class RecognitionError(BackendError):
    pass


class LanguageModelError(BackendError):
    pass


class VoiceError(BackendError):
    pass
