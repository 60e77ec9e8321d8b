/*
 * merctools.h - what libmerc has beyond the interface in libmerc.h.
 *
 * Functions that return a char * return a string that the caller must give to
 * merctools_free. Where they fail they return NULL, and, if error is not NULL,
 * set *error to what went wrong, a string of the same kind.
 */

#ifndef MERCTOOLS_H
#define MERCTOOLS_H

#include "libmerc.h"

#ifdef __cplusplus
extern "C" {
#endif

LIBMERC_DLL_EXPORTED void merctools_free(char *string);

/* Things to decode, to JSON. */
enum merctools_kind {
    merctools_certificate = 0, /* X.509, DER */
    merctools_certificate_prefix, /* the same, up to the end of the issuer; to hexadecimal digits */
    merctools_dns,
    merctools_ech_config,
    merctools_fdc,
    merctools_quic_salt /* an Initial packet of QUIC; to the name of its salt */
};
LIBMERC_DLL_EXPORTED char *merctools_decode(enum merctools_kind kind, const uint8_t *data, size_t length, char **error);

/* The form in which archives know the name of a server, and an address. */
LIBMERC_DLL_EXPORTED char *merctools_server_name(const char *name, bool detail);
LIBMERC_DLL_EXPORTED char *merctools_address(const char *text);

/* Whether a TLS fingerprint has no cipher suite that anybody uses. */
LIBMERC_DLL_EXPORTED bool merctools_is_faketls(const char *fingerprint);

/*
 * What is known of a fingerprint and its destination, as JSON. weights are six
 * numbers in place of the archive's, or NULL: autonomous system, domain, port,
 * address, server name, user agent. With candidates it has all processes.
 */
LIBMERC_DLL_EXPORTED char *merctools_classify(mercury_context mc, const char *fingerprint, const char *server_name,
                                              const char *address, uint16_t port, const char *user_agent,
                                              const double *weights, bool candidates, char **error);

/* The fingerprint and the metadata of a message without a packet, such as "tls.client_hello". */
LIBMERC_DLL_EXPORTED char *merctools_fingerprint(mercury_context mc, const char *message, const uint8_t *data,
                                                 size_t length, char **error);

/*
 * The records of a capture file, or of an interface if there is no such file.
 * next returns lines, or NULL at the end or on an error; then *error tells them
 * apart. stop may be called by another thread.
 */
typedef uint32_t merctools_records; /* 0: none */
LIBMERC_DLL_EXPORTED merctools_records merctools_records_open(mercury_context mc, const char *source, char **error);
LIBMERC_DLL_EXPORTED char *merctools_records_next(merctools_records records, char **error);
LIBMERC_DLL_EXPORTED void merctools_records_stop(merctools_records records);
LIBMERC_DLL_EXPORTED void merctools_records_close(merctools_records records);

#ifdef __cplusplus
}
#endif

#endif /* MERCTOOLS_H */
