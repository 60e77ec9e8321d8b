/*
 * libmerc.h - find what network packets tell of the programs that sent them.
 *
 * A program makes one mercury_context, and in each of its threads a
 * mercury_packet_processor, which it gives packets:
 *
 *     struct libmerc_config config = libmerc_config_init();
 *     config.do_analysis = true;
 *     config.resources = "resources.tgz";
 *     mercury_context mc = mercury_init(&config, 0);
 *     mercury_packet_processor mpp = mercury_packet_processor_construct(mc);
 *     for (each packet) {
 *         const struct analysis_context *ac =
 *             mercury_packet_processor_get_analysis_context(mpp, packet, length, &time);
 *         if (ac) { ... analysis_context_get_process_info(ac, &name, &score) ... }
 *     }
 *     mercury_packet_processor_destruct(mpp);
 *     mercury_finalize(mc);
 *
 * What a function returns by a pointer belongs to the library. It is valid until
 * the processor that it came from gets its next packet, or is destructed, unless
 * a function says otherwise. A packet may be reused as soon as the call with it
 * returns.
 *
 * A context may be used by several threads at once, a processor by one at a
 * time. All functions may be called with null pointers, which is an error that
 * they report. docs/embedding.md says what else a program should know.
 */

#ifndef LIBMERC_H
#define LIBMERC_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#ifndef DEFAULT_RESOURCE_DIR
#define DEFAULT_RESOURCE_DIR "/usr/local/share/mercury"
#endif

#ifdef _WIN32
#define LIBMERC_DLL_EXPORTED __declspec(dllexport)
#else
#define LIBMERC_DLL_EXPORTED __attribute__((__visibility__("default")))
#endif

#ifdef __cplusplus
extern "C" {
#define LIBMERC_DEFAULT(value) = value
#else
#define LIBMERC_DEFAULT(value)
#endif

/* ---- version 1 ---- */

/* How an archive is encrypted, with AES in CBC mode. */
enum enc_key_type {
    enc_key_type_none = 0,
    enc_key_type_aes_128,
    enc_key_type_aes_256
};

/* What a context does. C programs begin with libmerc_config_init(). */
struct libmerc_config {
    bool dns_json_output LIBMERC_DEFAULT(false);         /* DNS as JSON, not base64 */
    bool certs_json_output LIBMERC_DEFAULT(false);       /* certificates as JSON, not base64 */
    bool metadata_output LIBMERC_DEFAULT(false);         /* more metadata in records */
    bool do_analysis LIBMERC_DEFAULT(false);             /* classify messages */
    bool do_stats LIBMERC_DEFAULT(false);                /* count what hosts do */
    bool report_os LIBMERC_DEFAULT(false);               /* tell operating systems of processes */
    bool output_tcp_initial_data LIBMERC_DEFAULT(false); /* first data of unknown TCP flows */
    bool output_udp_initial_data LIBMERC_DEFAULT(false); /* first data of unknown UDP flows */

    char *resources LIBMERC_DEFAULT(NULL);       /* archive; NULL: none; "": the built-in one */
    const uint8_t *enc_key LIBMERC_DEFAULT(NULL); /* key of the archive: 16 or 32 bytes */
    enum enc_key_type key_type LIBMERC_DEFAULT(enc_key_type_none);

    /* Selectors such as "tls,dns", or options such as "select=tls;reassembly". */
    char *packet_filter_cfg LIBMERC_DEFAULT(NULL);

    float fp_proc_threshold LIBMERC_DEFAULT(0.0);  /* above 0: use the archive's small database */
    float proc_dst_threshold LIBMERC_DEFAULT(0.0); /* the same */
    size_t max_stats_entries LIBMERC_DEFAULT(0);   /* 0: any number */
};

#ifndef __cplusplus
#define libmerc_config_init() {false,false,false,false,false,false,false,false,NULL,NULL,enc_key_type_none,NULL,0.0,0.0,0}
#endif

/* Properties of a flow: all names that there are, and how probable each is. */
struct attribute_context {
    const char *const *tag_names LIBMERC_DEFAULT(NULL);
    const long double *prob_scores LIBMERC_DEFAULT(NULL); /* 0: the flow does not have it */
    size_t attributes_len LIBMERC_DEFAULT(0);
};

typedef struct mercury *mercury_context;
typedef struct stateful_pkt_proc *mercury_packet_processor;
struct analysis_context;

/*
 * Makes a context. The configuration is not needed afterwards. With a verbosity
 * above 0 it tells more of what it does. Returns NULL on an error, of which the
 * error callback is told.
 */
LIBMERC_DLL_EXPORTED mercury_context mercury_init(const struct libmerc_config *vars, int verbosity);

/* Gives up a context whose processors have been destructed. Returns 0, or -1. */
LIBMERC_DLL_EXPORTED int mercury_finalize(mercury_context mc);

/* Makes a processor for one thread. Returns NULL on an error. */
LIBMERC_DLL_EXPORTED mercury_packet_processor mercury_packet_processor_construct(mercury_context mc);

/* Gives up a processor. */
LIBMERC_DLL_EXPORTED void mercury_packet_processor_destruct(mercury_packet_processor mpp);

/*
 * Writes the record of an Ethernet frame, a line of JSON with its newline.
 * Returns its length, or 0 where the packet has none, or the buffer is too
 * small. A zero byte follows if there is room. A time of 0 seconds means now,
 * and is set.
 */
LIBMERC_DLL_EXPORTED size_t mercury_packet_processor_write_json(mercury_packet_processor processor,
                                                                void *buffer, size_t buffer_size,
                                                                uint8_t *packet, size_t length,
                                                                struct timespec *ts);

/* The same for a packet of a link type, a LINKTYPE value of pcap. */
LIBMERC_DLL_EXPORTED size_t mercury_packet_processor_write_json_linktype(mercury_packet_processor processor,
                                                                         void *buffer, size_t buffer_size,
                                                                         uint8_t *packet, size_t length,
                                                                         struct timespec *ts, uint16_t linktype);

enum fingerprint_status {
    fingerprint_status_no_info_available = 0,
    fingerprint_status_labeled = 1,    /* the archive knows processes that have it */
    fingerprint_status_randomized = 2, /* never seen before */
    fingerprint_status_unlabled = 3,   /* seen before, but no process is known */
    fingerprint_status_unanalyzed = 4  /* the archive has none of its type */
};

/*
 * Classifies the message in an IP packet. Returns NULL where there is none that
 * can be classified.
 */
LIBMERC_DLL_EXPORTED const struct analysis_context *
mercury_packet_processor_ip_get_analysis_context(mercury_packet_processor processor,
                                                 uint8_t *packet, size_t length, struct timespec *ts);

LIBMERC_DLL_EXPORTED enum fingerprint_status analysis_context_get_fingerprint_status(const struct analysis_context *ac);

enum fingerprint_type {
    fingerprint_type_unknown = 0,
    fingerprint_type_tls = 1,
    fingerprint_type_tls_server = 2,
    fingerprint_type_http = 3,
    fingerprint_type_http_server = 4,
    fingerprint_type_ssh = 5,
    fingerprint_type_ssh_kex = 6,
    fingerprint_type_tcp = 7,
    fingerprint_type_dhcp = 8,
    fingerprint_type_smtp_server = 9,
    fingerprint_type_dtls = 10,
    fingerprint_type_dtls_server = 11,
    fingerprint_type_quic = 12,
    fingerprint_type_tcp_server = 13,
    fingerprint_type_openvpn = 14,
    fingerprint_type_tofsee = 15,
    fingerprint_type_stun = 16,
    fingerprint_type_ssh_init = 17,
    fingerprint_type_ssh_server = 18,
    fingerprint_type_ssh_kex_server = 19,
    fingerprint_type_ssh_init_server = 20,
    fingerprint_type_max = 21
};

LIBMERC_DLL_EXPORTED enum fingerprint_type analysis_context_get_fingerprint_type(const struct analysis_context *ac);

/* The fingerprint as text, such as "tls/1/(0303)(...)". */
LIBMERC_DLL_EXPORTED const char *analysis_context_get_fingerprint_string(const struct analysis_context *ac);

/* The name that the client calls the server, or NULL. Up to 256 bytes, as they came. */
LIBMERC_DLL_EXPORTED const char *analysis_context_get_server_name(const struct analysis_context *ac);

/* The most probable process, and how probable it is. False where none is known. */
LIBMERC_DLL_EXPORTED bool analysis_context_get_process_info(const struct analysis_context *ac,
                                                            const char **probable_process,
                                                            double *probability_score);

/* Whether that process is malware, and how probable malware is. False where it is not known. */
LIBMERC_DLL_EXPORTED bool analysis_context_get_malware_info(const struct analysis_context *ac,
                                                            bool *probable_process_is_malware,
                                                            double *probability_malware);

/* An operating system, and how often the process was seen on it. */
struct os_information {
    char *os_name;
    uint64_t os_prevalence;
};

/* The operating systems of the process. False where none are known. */
LIBMERC_DLL_EXPORTED bool analysis_context_get_os_info(const struct analysis_context *ac,
                                                       const struct os_information **os_info,
                                                       size_t *os_info_len);

/*
 * Writes what was counted to a file, lines of JSON compressed with gzip, and
 * begins anew. It can take seconds; packets are processed meanwhile. False on an
 * error, or where the context does not count.
 */
LIBMERC_DLL_EXPORTED bool mercury_write_stats_data(mercury_context mc, const char *stats_data_file_path);

enum status {
    status_ok = 0,
    status_err = 1,
    status_err_no_more_data = 2
};

/* The text of the license. It is valid for good. */
LIBMERC_DLL_EXPORTED const char *mercury_get_license_string(void);

/* Print the version of the interface, and what the library was made of. */
LIBMERC_DLL_EXPORTED void mercury_print_version_string(FILE *f);
LIBMERC_DLL_EXPORTED void mercury_print_git_commit(FILE *f);

/* The version of the interface: major << 24 | minor << 16 | patch level << 8. */
LIBMERC_DLL_EXPORTED uint32_t mercury_get_version_number(void);
LIBMERC_DLL_EXPORTED void mercury_get_version_string(char *buf, size_t size);

/* The VERSION of the archive, or NULL without one. It is valid until mercury_finalize. */
LIBMERC_DLL_EXPORTED const char *mercury_get_resource_version(mercury_context mc);

/* Something that is not NULL if the context classifies messages. */
LIBMERC_DLL_EXPORTED void *mercury_get_classifier(mercury_context mc);

/* ---- version 2 ---- */

enum log_level {
    log_emerg = 0,
    log_alert = 1,
    log_crit = 2,
    log_err = 3,
    log_warning = 4,
    log_notice = 5,
    log_info = 6,
    log_debug = 7,
    log_none = 8 /* no severity */
};

/*
 * Gets a message, whose text ends in a newline, as vprintf does. Returns how
 * many characters were written, or a negative number.
 */
typedef int (*printf_err_ptr)(enum log_level level, const char *format, va_list args);

/*
 * Says what gets messages, of all contexts. With NULL they are dropped. Until it
 * is called they go to standard error. Any thread may call the callback.
 */
LIBMERC_DLL_EXPORTED void register_printf_err_callback(printf_err_ptr callback);

/* ---- version 3 ---- */

/* Classify the message in an Ethernet frame, and in a packet of a link type. */
LIBMERC_DLL_EXPORTED const struct analysis_context *
mercury_packet_processor_get_analysis_context(mercury_packet_processor processor,
                                              uint8_t *packet, size_t length, struct timespec *ts);
LIBMERC_DLL_EXPORTED const struct analysis_context *
mercury_packet_processor_get_analysis_context_linktype(mercury_packet_processor processor,
                                                       uint8_t *packet, size_t length, struct timespec *ts,
                                                       uint16_t linktype);

/* What the client calls itself, or NULL. Up to 511 bytes, as they came. */
LIBMERC_DLL_EXPORTED const char *analysis_context_get_user_agent(const struct analysis_context *ac);

/*
 * The application protocols that the client offers (ALPN): each a byte with its
 * length, and its name. False where there are none.
 */
LIBMERC_DLL_EXPORTED bool analysis_context_get_alpns(const struct analysis_context *ac,
                                                     const uint8_t **alpn_data, size_t *alpn_length);

/* ---- version 4 ---- */

/* Whether the last packet is part of a message of which more has to come. */
LIBMERC_DLL_EXPORTED bool mercury_packet_processor_more_pkts_needed(mercury_packet_processor processor);

/* ---- version 5 ---- */

/* How many different observations were counted since they were written. */
LIBMERC_DLL_EXPORTED size_t get_stats_aggregator_num_entries(mercury_context mc);

/* ---- version 6 ---- */

/* The attributes of the last packet, or NULL where it has none. */
LIBMERC_DLL_EXPORTED const struct attribute_context *
mercury_packet_processor_get_attributes(mercury_packet_processor processor);

/* ---- version 7 ---- */

/* An IPv6 address in network byte order, 4 bytes each. */
struct ipv6_addr_ext {
    uint32_t a;
    uint32_t b;
    uint32_t c;
    uint32_t d;
};

/* A flow in the direction of a packet. Ports and addresses are in network byte order. */
struct flow_key_ext {
    uint16_t src_port;
    uint16_t dst_port;
    uint8_t protocol; /* 6: TCP, 17: UDP */
    uint8_t ip_vers;  /* 4 or 6 */
    union {
        struct {
            uint32_t src;
            uint32_t dst;
        } ipv4;
        struct {
            struct ipv6_addr_ext src;
            struct ipv6_addr_ext dst;
        } ipv6;
    } addr;
};

enum fdc_return {
    FDC_NO_DATA = 0,                   /* nothing is known of the payload */
    FDC_WRITE_INSUFFICIENT_SPACE = -1, /* the buffer is too small */
    FDC_WRITE_FAILURE = -2,            /* not used */
    MORE_PACKETS_NEEDED = -3,          /* the message has more parts */
    UNKNOWN_ERROR = -4,                /* the library failed */
    INVALID_INPUT = -5                 /* a pointer is null */
};

/*
 * Looks at what TCP or UDP carries, and writes the fingerprint and destination
 * context of its message, an object in CBOR. TCP data must come in order. With a
 * length of 0, what came of a message so far is taken for all of it.
 *
 * Returns the number of bytes, or a value of fdc_return. Where the buffer is too
 * small, *buffer_size becomes what should be tried next. If the message could be
 * classified, *ac becomes its analysis; otherwise it stays.
 */
LIBMERC_DLL_EXPORTED int
mercury_packet_processor_get_analysis_context_fdc(mercury_packet_processor processor,
                                                  const struct flow_key_ext *key,
                                                  const uint8_t *data, const size_t len,
                                                  uint8_t *buffer, size_t *buffer_size,
                                                  const struct analysis_context **ac);

#ifdef __cplusplus
}
#endif

#endif /* LIBMERC_H */
