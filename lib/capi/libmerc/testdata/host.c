/*
 * A program that uses libmerc, for the tests. The first argument says what it
 * does:
 *
 *   json FILE        records of a capture (pcap, microseconds, little-endian)
 *   analyze FILE     a line for each message that was classified
 *   fdc FILE         contexts of payloads, as hexadecimal digits
 *   load FILE N M    process the capture N times in each of M threads, and print
 *                    CPU time, memory in use before and after, and a sum
 *   errors FILE      call functions with null pointers, with what was given up,
 *                    and with times that there are not
 *   signal NAME      raise or cause a signal; with "own" in front, handle it
 *   pipe             write to a pipe without a reader
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "libmerc.h"
#include "merctools.h"

static void fail(const char *what) {
    fprintf(stderr, "%s\n", what);
    exit(1);
}

/* ---- captures ---- */

struct packet {
    uint8_t *data;
    size_t length;
    struct timespec ts;
};
static struct packet *packets;
static size_t count;

static void read_capture(const char *name) {
    FILE *f = fopen(name, "rb");
    uint32_t header[6], record[4];
    if (f == NULL || fread(header, sizeof(header), 1, f) != 1 || header[0] != 0xa1b2c3d4) {
        fail("no capture");
    }
    while (fread(record, sizeof(record), 1, f) == 1) {
        packets = realloc(packets, (count + 1) * sizeof(*packets));
        struct packet *p = &packets[count++];
        p->data = malloc(record[2] + 1);
        p->length = record[2];
        p->ts.tv_sec = record[0];
        p->ts.tv_nsec = record[1] * 1000L;
        if (fread(p->data, 1, p->length, f) != p->length) {
            fail("capture cut off");
        }
    }
    fclose(f);
}

/* ---- contexts ---- */

/* With PLAIN in the environment all that is on is what the filter turns on. */
static mercury_context open_context(void) {
    struct libmerc_config config = libmerc_config_init();
    config.resources = getenv("RESOURCES") ? getenv("RESOURCES") : (char *)"";
    if (getenv("PLAIN") == NULL) {
        config.do_analysis = true;
        config.report_os = true;
        config.do_stats = true;
        config.metadata_output = true;
        config.dns_json_output = true;
        config.certs_json_output = true;
    }
    config.packet_filter_cfg = getenv("FILTER") ? getenv("FILTER") : (char *)"all";
    mercury_context mc = mercury_init(&config, 0);
    if (mc == NULL) {
        fail("no context");
    }
    return mc;
}

static char buffer[1 << 16];

static void print_analysis(const struct analysis_context *ac, mercury_packet_processor mpp) {
    const char *process, *name = analysis_context_get_server_name(ac), *agent = analysis_context_get_user_agent(ac);
    double score, p_malware;
    bool malware;
    const uint8_t *alpn;
    size_t n;
    const struct os_information *os;
    printf("%d %d %s", analysis_context_get_fingerprint_type(ac), analysis_context_get_fingerprint_status(ac),
           analysis_context_get_fingerprint_string(ac));
    printf(" name=%s agent=%s", name ? name : "-", agent ? agent : "-");
    if (analysis_context_get_alpns(ac, &alpn, &n)) {
        printf(" alpn=%zu,%.*s", n, alpn[0], alpn + 1);
    }
    if (analysis_context_get_process_info(ac, &process, &score)) {
        printf(" process=%s,%.3f", process, score);
    }
    if (analysis_context_get_malware_info(ac, &malware, &p_malware)) {
        printf(" malware=%d,%.3f", malware, p_malware);
    }
    if (analysis_context_get_os_info(ac, &os, &n)) {
        for (size_t i = 0; i < n; i++) {
            printf(" os=%s,%llu", os[i].os_name, (unsigned long long)os[i].os_prevalence);
        }
    }
    const struct attribute_context *a = mercury_packet_processor_get_attributes(mpp);
    for (size_t i = 0; a && i < a->attributes_len; i++) {
        if (a->prob_scores[i] > 0) {
            printf(" %s=%.3Lf", a->tag_names[i], a->prob_scores[i]);
        }
    }
    printf("\n");
}

static void run(const char *mode) {
    mercury_context mc = open_context();
    mercury_packet_processor mpp = mercury_packet_processor_construct(mc);
    for (size_t i = 0; i < count; i++) {
        struct packet *p = &packets[i];
        if (strcmp(mode, "json") == 0) {
            size_t n = mercury_packet_processor_write_json(mpp, buffer, sizeof(buffer), p->data, p->length, &p->ts);
            if (n && (strlen(buffer) != n || buffer[n - 1] != '\n')) {
                fail("not a line of its length");
            }
            fwrite(buffer, 1, n, stdout);
        } else {
            const struct analysis_context *ac =
                mercury_packet_processor_get_analysis_context(mpp, p->data, p->length, &p->ts);
            if (ac) {
                print_analysis(ac, mpp);
            } else if (mercury_packet_processor_more_pkts_needed(mpp)) {
                printf("more\n");
            }
        }
    }
    mercury_packet_processor_destruct(mpp);
    printf("entries %zu\n", get_stats_aggregator_num_entries(mc));
    if (getenv("STATS") && !mercury_write_stats_data(mc, getenv("STATS"))) {
        fail("statistics not written");
    }
    if (mercury_finalize(mc) != 0) {
        fail("not finalized");
    }
}

/* ---- payloads ---- */

/* The payloads of IPv4 packets without options, in Ethernet frames. */
static void contexts(void) {
    mercury_context mc = open_context();
    mercury_packet_processor mpp = mercury_packet_processor_construct(mc);
    for (size_t i = 0; i < count; i++) {
        uint8_t *d = packets[i].data;
        size_t n = packets[i].length;
        if (n < 54 || d[12] != 8 || d[13] != 0 || d[14] != 0x45) {
            continue;
        }
        struct flow_key_ext key = {.protocol = d[23], .ip_vers = 4};
        memcpy(&key.addr.ipv4.src, d + 26, 4);
        memcpy(&key.addr.ipv4.dst, d + 30, 4);
        memcpy(&key.src_port, d + 34, 2);
        memcpy(&key.dst_port, d + 36, 2);
        size_t start = key.protocol == 17 ? 42 : 34 + (d[46] >> 4) * 4;
        size_t end = 14 + (d[16] << 8 | d[17]);
        if (end > n || start >= end) {
            continue;
        }
        size_t size = 16; /* too small */
        const struct analysis_context *ac = NULL;
        int got;
        do {
            got = mercury_packet_processor_get_analysis_context_fdc(mpp, &key, d + start, end - start,
                                                                    (uint8_t *)buffer, &size, &ac);
        } while (got == FDC_WRITE_INSUFFICIENT_SPACE && size <= sizeof(buffer));
        if (got <= 0) {
            printf("%d\n", got);
            continue;
        }
        for (int k = 0; k < got; k++) {
            printf("%02x", (uint8_t)buffer[k]);
        }
        printf(" %s\n", ac ? analysis_context_get_fingerprint_string(ac) : "-");
    }
    mercury_packet_processor_destruct(mpp);
    mercury_finalize(mc);
}

/* ---- load ---- */

static mercury_context shared;
static long rounds;

static void *work(void *sum) {
    mercury_packet_processor mpp = mercury_packet_processor_construct(shared);
    char *out = malloc(sizeof(buffer));
    size_t total = 0;
    for (long r = 0; r < rounds; r++) {
        for (size_t i = 0; i < count; i++) {
            struct packet *p = &packets[i];
            total += mercury_packet_processor_write_json(mpp, out, sizeof(buffer), p->data, p->length, &p->ts);
            const struct analysis_context *ac =
                mercury_packet_processor_get_analysis_context(mpp, p->data, p->length, &p->ts);
            if (ac) {
                total += strlen(analysis_context_get_fingerprint_string(ac));
            }
        }
    }
    free(out);
    mercury_packet_processor_destruct(mpp);
    *(size_t *)sum = total;
    return NULL;
}

static long resident(void) {
    long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f == NULL || fscanf(f, "%*s %ld", &pages) != 1) {
        fail("no statm");
    }
    fclose(f);
    return pages * sysconf(_SC_PAGESIZE) >> 10;
}

static size_t in_threads(int n) {
    pthread_t threads[64];
    size_t sums[64], total = 0;
    for (int i = 0; i < n; i++) {
        pthread_create(&threads[i], NULL, work, &sums[i]);
    }
    for (int i = 0; i < n; i++) {
        pthread_join(threads[i], NULL);
        total += sums[i];
    }
    return total;
}

static void load(long n, int threads) {
    shared = open_context();
    rounds = n / 10 + 1;
    in_threads(threads); /* tables and buffers get their sizes */
    long before = resident();
    size_t c_before = mallinfo2().uordblks;
    rounds = n;
    struct rusage a, b;
    getrusage(RUSAGE_SELF, &a);
    size_t sum = in_threads(threads);
    getrusage(RUSAGE_SELF, &b);
    double cpu = (b.ru_utime.tv_sec - a.ru_utime.tv_sec) + (b.ru_utime.tv_usec - a.ru_utime.tv_usec) / 1e6 +
                 (b.ru_stime.tv_sec - a.ru_stime.tv_sec) + (b.ru_stime.tv_usec - a.ru_stime.tv_usec) / 1e6;
    printf("packets %zu cpu %.3f rss_before %ld rss_after %ld heap %ld sum %zu\n", count * n * threads * 2, cpu,
           before, resident(), (long)(mallinfo2().uordblks - c_before), sum);
    mercury_finalize(shared);
}

/* ---- errors and messages ---- */

static int messages;

static int note(enum log_level level, const char *format, va_list args) {
    messages++;
    printf("%d: ", level);
    return vprintf(format, args);
}

static void errors(const char *capture) {
    struct timespec ts = {0, 0};
    const struct analysis_context *ac = NULL;
    size_t size = sizeof(buffer);
    register_printf_err_callback(note);
    if (mercury_init(NULL, 0) || mercury_packet_processor_construct(NULL) || mercury_finalize(NULL) != -1) {
        fail("null pointers give a context");
    }
    mercury_packet_processor_destruct(NULL);
    if (mercury_packet_processor_write_json(NULL, buffer, size, (uint8_t *)buffer, 1, &ts) ||
        mercury_packet_processor_get_analysis_context(NULL, (uint8_t *)buffer, 1, &ts) ||
        mercury_packet_processor_get_attributes(NULL) || mercury_packet_processor_more_pkts_needed(NULL) ||
        mercury_get_resource_version(NULL) || mercury_get_classifier(NULL) || mercury_write_stats_data(NULL, "x") ||
        get_stats_aggregator_num_entries(NULL) || analysis_context_get_fingerprint_string(NULL)) {
        fail("null pointers give something");
    }
    struct flow_key_ext key = {.ip_vers = 4};
    if (mercury_packet_processor_get_analysis_context_fdc(NULL, &key, (uint8_t *)"", 1, (uint8_t *)buffer, &size,
                                                          &ac) != INVALID_INPUT) {
        fail("null pointers are valid");
    }
    struct libmerc_config config = libmerc_config_init();
    config.do_analysis = true;
    config.resources = (char *)"/nonexistent/resources.tgz";
    if (mercury_init(&config, 0)) {
        fail("an archive that does not exist");
    }
    config.do_analysis = false;
    config.packet_filter_cfg = (char *)"all;quic-trial-decryption";
    mercury_context mc = mercury_init(&config, 0);
    mercury_packet_processor one = mercury_packet_processor_construct(mc);
    if (mc == NULL || one == NULL || mercury_packet_processor_construct(mc) || mercury_get_classifier(mc) ||
        mercury_get_resource_version(mc)) {
        fail("two processors with trial decryption");
    }
    if (mercury_packet_processor_write_json(one, buffer, sizeof(buffer), (uint8_t *)buffer, 0, &ts) || ts.tv_sec == 0) {
        fail("an empty packet");
    }
    const time_t times[] = {-1, INT64_MAX, INT64_MIN, 140734896853792};
    for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
        ts.tv_sec = times[i];
        ts.tv_nsec = LONG_MAX;
        mercury_packet_processor_get_analysis_context(one, (uint8_t *)buffer, 100, &ts);
    }
    mercury_packet_processor_destruct(one);
    /* Errors of the program must not end it. */
    char *error = NULL;
    merctools_records records = merctools_records_open(mc, capture, &error);
    if (records == 0 || error) {
        fail("no records");
    }
    merctools_records_close(records);
    merctools_records_close(records);
    merctools_records_stop(records);
    if (merctools_records_next(records, &error) || error == NULL || strncmp(error, "internal error: ", 16)) {
        fail("records that were closed");
    }
    merctools_free(error);
    mercury_finalize(mc);
    register_printf_err_callback(NULL);
    int before = messages;
    mercury_init(NULL, 0);
    char version[16];
    mercury_get_version_string(version, sizeof(version));
    printf("messages %d, dropped %d, version %s %08x, license %d\n", before, messages == before, version,
           mercury_get_version_number(), strncmp(mercury_get_license_string(), "BSD", 3) == 0);
    mercury_print_version_string(stdout);
}

/* ---- signals ---- */

static void own(int number) {
    char text[] = "handled 00\n";
    text[8] += number / 10;
    text[9] += number % 10;
    if (write(1, text, sizeof(text) - 1) < 0) {
        _exit(2);
    }
    _exit(42);
}

static void signals(const char *name) {
    bool handled = strncmp(name, "own", 3) == 0;
    if (handled) {
        name += 3;
    }
    int number = strcmp(name, "INT") == 0    ? SIGINT
                 : strcmp(name, "TERM") == 0 ? SIGTERM
                 : strcmp(name, "SEGV") == 0 ? SIGSEGV
                 : strcmp(name, "ABRT") == 0 ? SIGABRT
                                             : SIGFPE;
    mercury_context mc = open_context(); /* Go runs */
    mercury_packet_processor mpp = mercury_packet_processor_construct(mc);
    if (handled) {
        signal(number, own);
    }
    if (number == SIGSEGV) {
        static volatile uintptr_t nowhere = 16;
        *(volatile int *)nowhere = mpp == NULL;
    }
    raise(number);
    sleep(5);
    printf("still here\n");
}

static void broken_pipe(void) {
    int ends[2];
    mercury_context mc = open_context();
    if (mc == NULL || pipe(ends) != 0) {
        fail("no pipe");
    }
    close(ends[0]);
    ssize_t n = write(ends[1], "x", 1);
    printf("write: %zd, %s\n", n, strerror(errno));
}

int main(int argc, char **argv) {
    setvbuf(stdout, NULL, _IOFBF, 1 << 16);
    if (argc < 2) {
        fail("no mode");
    }
    const char *mode = argv[1];
    if (strcmp(mode, "errors") == 0) {
        errors(argv[2]);
    } else if (strcmp(mode, "signal") == 0) {
        signals(argv[2]);
    } else if (strcmp(mode, "pipe") == 0) {
        broken_pipe();
    } else {
        read_capture(argv[2]);
        if (strcmp(mode, "load") == 0) {
            load(atol(argv[3]), atoi(argv[4]));
        } else if (strcmp(mode, "fdc") == 0) {
            contexts();
        } else {
            run(mode);
        }
    }
    return 0;
}
