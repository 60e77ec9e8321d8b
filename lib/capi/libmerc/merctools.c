#include <stdlib.h>

#include "merctools.h"
#include "processor.h"
#include "_cgo_export.h"

void merctools_free(char *string) { free(string); }

/* Gives an error to who asked for it. */
static char *result(char *string, char *problem, char **error) {
    if (error) {
        *error = problem;
    } else {
        free(problem);
    }
    return string;
}

char *merctools_decode(enum merctools_kind kind, const uint8_t *data, size_t length, char **error) {
    char *problem = NULL;
    char *s = data || length == 0 ? goDecode(kind, (uint8_t *)data, length, &problem) : NULL;
    return result(s, problem, error);
}

char *merctools_server_name(const char *name, bool detail) { return name ? goServerName((char *)name, detail) : NULL; }

bool merctools_is_faketls(const char *fingerprint) { return fingerprint && goIsFakeTLS((char *)fingerprint); }

char *merctools_address(const char *text) { return text ? goAddress((char *)text) : NULL; }

char *merctools_classify(mercury_context mc, const char *fingerprint, const char *server_name, const char *address,
                         uint16_t port, const char *user_agent, const double *weights, bool candidates,
                         char **error) {
    char *problem = NULL;
    if (mc == NULL || fingerprint == NULL) {
        return result(NULL, NULL, error);
    }
    char *s = goClassify(mc->number, (char *)fingerprint, (char *)server_name, (char *)address, port,
                         (char *)user_agent, (double *)weights, candidates, &problem);
    return result(s, problem, error);
}

char *merctools_fingerprint(mercury_context mc, const char *message, const uint8_t *data, size_t length,
                            char **error) {
    char *problem = NULL;
    if (mc == NULL || message == NULL || data == NULL) {
        return result(NULL, NULL, error);
    }
    char *s = goFingerprint(mc->number, (char *)message, (uint8_t *)data, length, &problem);
    return result(s, problem, error);
}

merctools_records merctools_records_open(mercury_context mc, const char *source, char **error) {
    char *problem = NULL;
    if (mc == NULL || source == NULL) {
        result(NULL, NULL, error);
        return 0;
    }
    merctools_records r = goRecordsOpen(mc->number, (char *)source, &problem);
    result(NULL, problem, error);
    return r;
}

char *merctools_records_next(merctools_records records, char **error) {
    char *problem = NULL;
    char *s = records ? goRecordsNext(records, &problem) : NULL;
    return result(s, problem, error);
}

void merctools_records_stop(merctools_records records) {
    if (records) {
        goRecordsStop(records);
    }
}

void merctools_records_close(merctools_records records) {
    if (records) {
        goRecordsClose(records);
    }
}
