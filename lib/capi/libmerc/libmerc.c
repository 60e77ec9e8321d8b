#include <stdlib.h>
#include <string.h>

#include "libmerc.h"
#include "processor.h"
#include "_cgo_export.h"

/* ---- messages ---- */

static int print_message(enum log_level level, const char *format, va_list args) {
    static const char *const names[] = {
        "emergency: ", "alert: ", "critical: ", "error: ", "warning: ", "notice: ", "informational: ", "debug: ",
    };
    const char *name = level >= log_emerg && level <= log_debug ? names[level] : "";
    int n = fprintf(stderr, "%s", name);
    if (n < 0) {
        return n;
    }
    int m = vfprintf(stderr, format, args);
    return m < 0 ? m : n + m;
}

static int drop_message(enum log_level level, const char *format, va_list args) {
    (void)level, (void)format, (void)args;
    return 0;
}

static printf_err_ptr report = print_message;

void register_printf_err_callback(printf_err_ptr callback) {
    __atomic_store_n(&report, callback ? callback : drop_message, __ATOMIC_RELEASE);
}

static int say(enum log_level level, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int n = __atomic_load_n(&report, __ATOMIC_ACQUIRE)(level, format, args);
    va_end(args);
    return n;
}

void report_message(int level, const char *text) { say((enum log_level)level, "%s\n", text); }

/* ---- contexts ---- */

static void free_context(struct mercury *mc) {
    free(mc->version);
    for (size_t i = 0; i < mc->attributes; i++) {
        free(mc->attribute_names[i]);
    }
    free(mc);
}

mercury_context mercury_init(const struct libmerc_config *vars, int verbosity) {
    if (vars == NULL) {
        say(log_err, "%s\n", "mercury_init: no configuration");
        return NULL;
    }
    struct mercury *mc = calloc(1, sizeof(*mc));
    if (mc == NULL) {
        return NULL;
    }
    if (!goOpen((struct libmerc_config *)vars, verbosity, mc)) {
        free_context(mc);
        return NULL;
    }
    return mc;
}

int mercury_finalize(mercury_context mc) {
    if (mc == NULL) {
        return -1;
    }
    goClose(mc->number);
    free_context(mc);
    return 0;
}

const char *mercury_get_resource_version(mercury_context mc) { return mc ? mc->version : NULL; }

void *mercury_get_classifier(mercury_context mc) { return mc && mc->classifies ? mc : NULL; }

bool mercury_write_stats_data(mercury_context mc, const char *stats_data_file_path) {
    return mc && stats_data_file_path && mc->counts && goWriteStats(mc->number, (char *)stats_data_file_path);
}

size_t get_stats_aggregator_num_entries(mercury_context mc) { return mc && mc->counts ? goEntries(mc->number) : 0; }

/* ---- processors ---- */

mercury_packet_processor mercury_packet_processor_construct(mercury_context mc) {
    if (mc == NULL) {
        say(log_err, "%s\n", "mercury_packet_processor_construct: no context");
        return NULL;
    }
    struct stateful_pkt_proc *p = calloc(1, sizeof(*p));
    if (p == NULL) {
        return NULL;
    }
    p->attribute_context.tag_names = (const char *const *)mc->attribute_names;
    p->attribute_context.prob_scores = p->scores;
    p->attribute_context.attributes_len = mc->attributes;
    p->go.number = goConstruct(mc->number);
    if (p->go.number == 0) {
        free(p);
        return NULL;
    }
    return p;
}

static void free_systems(struct analysis_context *ac) {
    for (size_t i = 0; i < ac->systems_length; i++) {
        free(ac->systems[i].os_name);
    }
    ac->systems_length = 0;
}

void mercury_packet_processor_destruct(mercury_packet_processor mpp) {
    if (mpp) {
        goDestruct(mpp->go.number);
        free_systems(&mpp->go.analysis);
        free(mpp);
    }
}

/* The time of a packet in nanoseconds. One of 0 seconds becomes now. What 64 bits can't hold is the latest time. */
static int64_t time_of(struct timespec *ts) {
    const int64_t second = 1000000000, latest = INT64_MAX / second - 1;
    if (ts == NULL) {
        return time(NULL) * second;
    }
    if (ts->tv_sec == 0) {
        ts->tv_sec = time(NULL);
    }
    if (ts->tv_sec > latest || ts->tv_sec < -latest) {
        return latest * second;
    }
    return ts->tv_sec * second + ts->tv_nsec % second;
}

/* Forget the message before. */
static void reset(struct processor *p) {
    p->classified = p->has_attributes = p->awaits_more = false;
    if (p->analysis.systems_length) {
        free_systems(&p->analysis);
    }
}

enum { link_ethernet = 1, link_raw = 101 };

size_t mercury_packet_processor_write_json_linktype(mercury_packet_processor processor, void *buffer,
                                                    size_t buffer_size, uint8_t *packet, size_t length,
                                                    struct timespec *ts, uint16_t linktype) {
    if (processor == NULL || buffer == NULL || packet == NULL) {
        return 0;
    }
    reset(&processor->go);
    return goWrite(&processor->go, buffer, buffer_size, packet, length, time_of(ts), linktype);
}

size_t mercury_packet_processor_write_json(mercury_packet_processor processor, void *buffer, size_t buffer_size,
                                           uint8_t *packet, size_t length, struct timespec *ts) {
    return mercury_packet_processor_write_json_linktype(processor, buffer, buffer_size, packet, length, ts,
                                                        link_ethernet);
}

const struct analysis_context *
mercury_packet_processor_get_analysis_context_linktype(mercury_packet_processor processor, uint8_t *packet,
                                                       size_t length, struct timespec *ts, uint16_t linktype) {
    if (processor == NULL || packet == NULL) {
        return NULL;
    }
    reset(&processor->go);
    goAnalyze(&processor->go, packet, length, time_of(ts), linktype);
    return processor->go.classified ? &processor->go.analysis : NULL;
}

const struct analysis_context *mercury_packet_processor_get_analysis_context(mercury_packet_processor processor,
                                                                             uint8_t *packet, size_t length,
                                                                             struct timespec *ts) {
    return mercury_packet_processor_get_analysis_context_linktype(processor, packet, length, ts, link_ethernet);
}

const struct analysis_context *mercury_packet_processor_ip_get_analysis_context(mercury_packet_processor processor,
                                                                                uint8_t *packet, size_t length,
                                                                                struct timespec *ts) {
    return mercury_packet_processor_get_analysis_context_linktype(processor, packet, length, ts, link_raw);
}

bool mercury_packet_processor_more_pkts_needed(mercury_packet_processor processor) {
    return processor && processor->go.awaits_more;
}

const struct attribute_context *mercury_packet_processor_get_attributes(mercury_packet_processor processor) {
    if (processor == NULL || !processor->go.has_attributes) {
        return NULL;
    }
    for (int i = 0; i < max_attributes; i++) {
        processor->scores[i] = processor->go.attributes[i];
    }
    return &processor->attribute_context;
}

int mercury_packet_processor_get_analysis_context_fdc(mercury_packet_processor processor,
                                                      const struct flow_key_ext *key, const uint8_t *data,
                                                      const size_t len, uint8_t *buffer, size_t *buffer_size,
                                                      const struct analysis_context **ac) {
    if (processor == NULL || key == NULL || data == NULL || buffer == NULL || buffer_size == NULL) {
        return INVALID_INPUT;
    }
    reset(&processor->go);
    int n = goPayload(&processor->go, (struct flow_key_ext *)key, (uint8_t *)data, len, time_of(NULL), buffer,
                      *buffer_size);
    if (n == FDC_WRITE_INSUFFICIENT_SPACE) {
        *buffer_size *= 2;
    }
    if (ac && processor->go.classified) {
        *ac = &processor->go.analysis;
    }
    return n;
}

/* ---- analyses ---- */

enum fingerprint_status analysis_context_get_fingerprint_status(const struct analysis_context *ac) {
    return ac ? (enum fingerprint_status)ac->status : fingerprint_status_no_info_available;
}

enum fingerprint_type analysis_context_get_fingerprint_type(const struct analysis_context *ac) {
    return ac ? (enum fingerprint_type)ac->type : fingerprint_type_unknown;
}

const char *analysis_context_get_fingerprint_string(const struct analysis_context *ac) {
    return ac ? ac->fingerprint : NULL;
}

const char *analysis_context_get_server_name(const struct analysis_context *ac) {
    return ac && ac->server_name[0] ? ac->server_name : NULL;
}

const char *analysis_context_get_user_agent(const struct analysis_context *ac) {
    return ac && ac->user_agent[0] ? ac->user_agent : NULL;
}

bool analysis_context_get_alpns(const struct analysis_context *ac, const uint8_t **alpn_data, size_t *alpn_length) {
    if (ac == NULL || ac->alpn_length == 0 || alpn_data == NULL || alpn_length == NULL) {
        return false;
    }
    *alpn_data = ac->alpn;
    *alpn_length = ac->alpn_length;
    return true;
}

bool analysis_context_get_process_info(const struct analysis_context *ac, const char **probable_process,
                                       double *probability_score) {
    if (ac == NULL || !ac->has_process || probable_process == NULL || probability_score == NULL) {
        return false;
    }
    *probable_process = ac->process;
    *probability_score = ac->score;
    return true;
}

bool analysis_context_get_malware_info(const struct analysis_context *ac, bool *probable_process_is_malware,
                                       double *probability_malware) {
    if (ac == NULL || !ac->has_malware || probable_process_is_malware == NULL || probability_malware == NULL) {
        return false;
    }
    *probable_process_is_malware = ac->malware;
    *probability_malware = ac->p_malware;
    return true;
}

bool analysis_context_get_os_info(const struct analysis_context *ac, const struct os_information **os_info,
                                  size_t *os_info_len) {
    if (ac == NULL || ac->systems_length == 0 || os_info == NULL || os_info_len == NULL) {
        return false;
    }
    *os_info = ac->systems;
    *os_info_len = ac->systems_length;
    return true;
}

/* ---- versions ---- */

static char *license;

const char *mercury_get_license_string(void) {
    char *text = __atomic_load_n(&license, __ATOMIC_ACQUIRE);
    if (text == NULL) {
        char *expected = NULL;
        text = goLicense();
        if (!__atomic_compare_exchange_n(&license, &expected, text, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
            free(text);
            text = expected;
        }
    }
    return text;
}

uint32_t mercury_get_version_number(void) { return goVersion(); }

void mercury_get_version_string(char *buf, size_t size) {
    uint32_t v = goVersion();
    if (buf && size) {
        snprintf(buf, size, "%u.%u.%u", v >> 24, v >> 16 & 0xff, v >> 8 & 0xff);
    }
}

void mercury_print_version_string(FILE *f) {
    char text[32];
    mercury_get_version_string(text, sizeof(text));
    if (f) {
        fprintf(f, "%s\n", text);
    }
}

void mercury_print_git_commit(FILE *f) {
    char *commit = goCommit();
    if (f) {
        fprintf(f, "%s\n", commit);
    }
    free(commit);
}
