#ifndef CCURL_H
#define CCURL_H

// What Swift cannot call of libcurl: functions with any number of arguments.
#include <stdbool.h>
#include <stddef.h>

/// One POST of JSON, and what came of it.
struct curl_exchange {
    const char *url;
    const void *body;
    size_t size;
    const char *user_agent;
    long timeout_ms;
    long connect_timeout_ms;
    /// Asked about ten times a second on the calling thread; the exchange ends when it says true.
    bool (*is_stopped)(void *context);
    void *context;

    /// The status of the answer; 0 without one.
    long status;
    /// Why there is none, in words; empty otherwise.
    char reason[256];
};

/// Loads libcurl, which nothing else here does; before the others, and by one thread. NULL, or in words why it cannot be used.
const char *curl_prepare(void);

/// What is wrong with an address, in words; NULL for a complete one of http or https.
const char *curl_address_problem(const char *url);

/// Posts, and waits for the answer: follows no redirect, speaks only http and https, checks certificates, and keeps nothing
/// of what comes back. Any thread.
void curl_post_json(struct curl_exchange *exchange);

#endif
