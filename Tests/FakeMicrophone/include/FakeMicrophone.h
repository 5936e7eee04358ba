#ifndef FAKE_MICROPHONE_H
#define FAKE_MICROPHONE_H

// An ALSA plug-in is loaded by libasound and called through the symbols of FakeMicrophone.c; there is nothing to
// include.

#endif
