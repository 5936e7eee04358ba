#include "CCurl.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <string.h>

#define FUNCTIONS(each) \
    each(curl_global_init) each(curl_easy_init) each(curl_easy_setopt) each(curl_easy_perform) each(curl_easy_getinfo) \
    each(curl_easy_cleanup) each(curl_easy_strerror) each(curl_slist_append) each(curl_slist_free_all) each(curl_url) \
    each(curl_url_set) each(curl_url_get) each(curl_url_cleanup) each(curl_free)

// Their macros check types, and take no address.
#undef curl_easy_setopt
#undef curl_easy_getinfo
#define DECLARE(function) __typeof__(function) *function;
static struct {
    FUNCTIONS(DECLARE)
} lib;

// More than that nobody answers to an event; who does is left.
static const size_t most_answered = 1 << 20;

const char *curl_prepare(void)
{
    static void *library;
    if (library != NULL)
        return NULL;
    // It brings twenty libraries and three megabytes with it, for those alone who post.
    void *found = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (found == NULL)
        return dlerror();
#define LOAD(function) \
    if ((lib.function = (__typeof__(lib.function))dlsym(found, #function)) == NULL) \
        return dlerror();
    FUNCTIONS(LOAD)
    if (lib.curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return "it cannot be initialised";
    library = found;
    return NULL;
}

const char *curl_address_problem(const char *url)
{
    CURLU *address = lib.curl_url();
    char *part = NULL;
    const char *problem = NULL;
    if (address == NULL)
        return "cannot be looked at: no memory";
    if (lib.curl_url_set(address, CURLUPART_URL, url, 0) != CURLUE_OK)
        problem = "is no complete address";
    else if (lib.curl_url_get(address, CURLUPART_SCHEME, &part, 0) != CURLUE_OK
             || (strcmp(part, "http") != 0 && strcmp(part, "https") != 0))
        problem = "is of a kind that cannot be posted to";
    lib.curl_free(part);
    lib.curl_url_cleanup(address);
    return problem;
}

static size_t forget(char *bytes, size_t size, size_t count, void *context)
{
    (void)bytes;
    size_t *answered = context;
    *answered += size * count;
    return *answered > most_answered ? 0 : size * count;
}

static int look_whether_stopped(void *context, curl_off_t total, curl_off_t now, curl_off_t to_send, curl_off_t sent)
{
    (void)total, (void)now, (void)to_send, (void)sent;
    struct curl_exchange *exchange = context;
    return exchange->is_stopped(exchange->context);
}

void curl_post_json(struct curl_exchange *exchange)
{
    exchange->status = 0;
    exchange->reason[0] = 0;
    char details[CURL_ERROR_SIZE] = "";
    size_t answered = 0;
    CURL *curl = lib.curl_easy_init();
    // Without the question whether the body is wanted, which costs a second where it is not understood.
    struct curl_slist *headers = lib.curl_slist_append(NULL, "Content-Type: application/json");
    struct curl_slist *both = lib.curl_slist_append(headers, "Expect:");
    if (curl == NULL || both == NULL) {
        strcpy(exchange->reason, "no memory");
        lib.curl_slist_free_all(headers);
        lib.curl_easy_cleanup(curl);
        return;
    }
    lib.curl_easy_setopt(curl, CURLOPT_URL, exchange->url);
#if LIBCURL_VERSION_NUM >= 0x075500
    lib.curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    lib.curl_easy_setopt(curl, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
    lib.curl_easy_setopt(curl, CURLOPT_POST, 1L);
    lib.curl_easy_setopt(curl, CURLOPT_POSTFIELDS, (const char *)exchange->body);
    lib.curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)exchange->size);
    lib.curl_easy_setopt(curl, CURLOPT_HTTPHEADER, both);
    lib.curl_easy_setopt(curl, CURLOPT_USERAGENT, exchange->user_agent);
    lib.curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    lib.curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    lib.curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, exchange->timeout_ms);
    lib.curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, exchange->connect_timeout_ms);
    lib.curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, forget);
    lib.curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answered);
    lib.curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, look_whether_stopped);
    lib.curl_easy_setopt(curl, CURLOPT_XFERINFODATA, exchange);
    lib.curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    lib.curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, details);
    CURLcode code = lib.curl_easy_perform(curl);
    // Who answers without end has answered.
    if (code == CURLE_OK || code == CURLE_WRITE_ERROR)
        lib.curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &exchange->status);
    if (exchange->status == 0)
        strncat(exchange->reason, details[0] ? details : lib.curl_easy_strerror(code), sizeof exchange->reason - 1);
    lib.curl_slist_free_all(both);
    lib.curl_easy_cleanup(curl);
}
