/* What the parts of libmerc in C and in Go have in common. */

#ifndef MERCTOOLS_PROCESSOR_H
#define MERCTOOLS_PROCESSOR_H

#include "libmerc.h"

enum {
    max_fingerprint = 8192, /* bytes of text, with the zero byte at the end */
    max_server_name = 257,
    max_user_agent = 512,
    max_process = 256,
    max_alpn = 128,
    max_attributes = 16,
    max_systems = 64
};

/* The analysis of a message. Go fills it in. */
struct analysis_context {
    int type;
    int status;
    bool has_process, has_malware, malware;
    double score, p_malware;
    size_t alpn_length;
    size_t systems_length;
    struct os_information systems[max_systems];
    uint8_t alpn[max_alpn];
    char process[max_process];
    char server_name[max_server_name];
    char user_agent[max_user_agent];
    char fingerprint[max_fingerprint];
};

struct mercury {
    uint32_t number; /* of the library, in Go */
    bool classifies;
    bool counts;
    char *version; /* of the archive; NULL without one */
    size_t attributes;
    char *attribute_names[max_attributes];
};

/* What Go is told of a processor, and tells of its last packet. */
struct processor {
    uint32_t number; /* of the processor, in Go */
    bool awaits_more;
    bool classified;
    bool has_attributes;
    double attributes[max_attributes];
    struct analysis_context analysis;
};

/* Go has no type for a long double. */
struct stateful_pkt_proc {
    struct processor go;
    long double scores[max_attributes];
    struct attribute_context attribute_context;
};

#endif
