#ifndef CSYSTEMD_H
#define CSYSTEMD_H

// The journal's location macros would shadow the functions, and Swift sees functions only.
#define SD_JOURNAL_SUPPRESS_LOCATION 1
#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>

#endif
