package krb5

// typeNames are the types of messages (RFC 4120, section 7.5.7).
var typeNames = [...]string{
	10: "AS_REQ", 11: "AS_REP", typeTGSReq: "TGS_REQ", typeTGSRep: "TGS_REP", 14: "AP_REQ", 15: "AP_REP",
	16: "KRB_RESERVED16", 17: "KRB_RESERVED17", 20: "KRB_SAFE", 21: "KRB_PRIV", 22: "KRB_CRED", 30: "KRB_ERROR",
}

// nameTypes are the types of principal names (RFC 4120, section 6.2).
var nameTypes = [...]string{
	"UNKNOWN", "PRINCIPAL", "SRV_INST", "SRV_HST", "SRV_XHST", "UID", "X500_PRINCIPAL", "SMTP_NAME", 10: "ENTERPRISE",
}

// addressTypes are the types of addresses (RFC 4120, section 7.5.3).
var addressTypes = [...]string{
	addressIPv4: "ipv4", 3: "directional", 5: "chaosnet", 6: "xns", 7: "iso", 12: "decnet_phase_iv",
	16: "appletalk_ddp", addressNetBIOS: "netbios", addressIPv6: "ipv6",
}

// kdcOptions are the options of a request (RFC 4120, section 5.4.1).
var kdcOptions = flagNames{
	1: "forwardable", 2: "forwarded", 3: "proxiable", 4: "proxy", 5: "allow-postdate", 6: "postdated",
	8: "renewable", 11: "opt-hardware-auth", 14: "constrained-delegation", 15: "canonicalize",
	16: "request-anonymous", 26: "disable-transited-check", 27: "renewable-ok", 28: "enc-tkt-in-skey",
	30: "renew", 31: "validate",
}

// apOptions are the options of an application's request (RFC 4120, section
// 5.5.1).
var apOptions = flagNames{"reserved", "use_session_key", "mutual_required"}

// etypeName is the name of an encryption type (IANA, Kerberos Encryption Type
// Numbers, and types of other makers), or empty for a code that can't be one.
func etypeName(code int64) string {
	switch code {
	case -128:
		return "rc4_md4"
	case -129:
		return "rc4_plain2"
	case -130:
		return "rc4_lm"
	case -131:
		return "rc4_sha"
	case -132:
		return "des_plain"
	case -133:
		return "rc4_hmac_old"
	case -134:
		return "rc4_plain_old"
	case -135:
		return "rc4_hmac_old_exp"
	case -136:
		return "rc4_plain_old_exp"
	case -140:
		return "rc4_plain"
	case -141:
		return "rc4_plain_exp"
	}
	switch {
	case code < 0 || code > 0xffffffff:
		return ""
	case code < int64(len(etypeNames)) && etypeNames[code] != "":
		return etypeNames[code]
	}
	return "unknown"
}

var etypeNames = [...]string{
	0:  "reserved",
	1:  "des_cbc_crc",
	2:  "des_cbc_md4",
	3:  "des_cbc_md5",
	4:  "des_cbc_raw",
	5:  "des3_cbc_md5",
	6:  "des3_cbc_raw",
	7:  "des3_cbc_sha1",
	8:  "des_hmac_sha1",
	9:  "dsaWithSHA1_CmsOID",
	10: "md5WithRSAEncryption_CmsOID",
	11: "sha1WithRSAEncryption_CmsOID",
	12: "rc2CBC_EnvOID",
	13: "rsaEncryption_EnvOID",
	14: "rsaES_OAEP_ENV_OID",
	15: "des_ede3_cbc_Env_OID",
	16: "des3_cbc_sha1_kd",
	17: "aes128_cts_hmac_sha1_96",
	18: "aes256_cts_hmac_sha1_96",
	19: "aes128_cts_hmac_sha256_128",
	20: "aes256_cts_hmac_sha384_192",
	23: "rc4_hmac",
	24: "rc4_hmac_exp",
	25: "camellia128_cts_cmac",
	26: "camellia256_cts_cmac",
	65: "subkey_keymaterial",
}

// padataNames are the types of preauthentication data (IANA, Pre-authentication
// and Typed Data).
var padataNames = [...]string{
	1:   "pa_tgs_req",
	2:   "pa_enc_timestamp",
	3:   "pa_pw_salt",
	4:   "reserved",
	5:   "pa_enc_unix_time",
	6:   "pa_sandia_secureid",
	7:   "pa_sesame",
	8:   "pa_osf_dce",
	9:   "pa_cybersafe_secureid",
	10:  "pa_afs3_salt",
	11:  "pa_etype_info",
	12:  "pa_sam_challenge",
	13:  "pa_sam_response",
	14:  "pa_pk_as_req_old",
	15:  "pa_pk_as_rep_old",
	16:  "pa_pk_as_req",
	17:  "pa_pk_as_rep",
	18:  "pa_pk_ocsp_response",
	19:  "pa_etype_info2",
	20:  "pa_use_specified_kvno",
	21:  "pa_sam_redirect",
	22:  "pa_get_from_typed_data",
	23:  "pa_sam_etype_info",
	24:  "pa_alt_princ",
	25:  "pa_server_referral",
	30:  "pa_sam_challenge2",
	31:  "pa_sam_response2",
	41:  "pa_extra_tgt",
	101: "td_pkinit_cms_certificates",
	102: "td_krb_principal",
	103: "td_krb_realm",
	104: "td_trusted_certifiers",
	105: "td_certificate_index",
	106: "td_app_defined_error",
	107: "td_req_nonce",
	108: "td_req_seq",
	109: "td_dh_parameters",
	111: "td_cms_digest_algorithms",
	112: "td_cert_digest_algorithms",
	128: "pa_pac_request",
	129: "pa_for_user",
	130: "pa_for_x509_user",
	131: "pa_for_check_dups",
	132: "pa_as_checksum",
	133: "pa_fx_cookie",
	134: "pa_authentication_set",
	135: "pa_auth_set_selected",
	136: "pa_fx_fast",
	137: "pa_fx_error",
	138: "pa_encrypted_challenge",
	141: "pa_otp_challenge",
	142: "pa_otp_request",
	143: "pa_otp_confirm",
	144: "pa_otp_pin_change",
	145: "pa_epak_as_req",
	146: "pa_epak_as_rep",
	147: "pa_pkinit_kx",
	148: "pa_pku2u_name",
	149: "pa_req_enc_pa_rep",
	150: "pa_as_freshness",
	151: "pa_spake",
	152: "pa_redhat_idp_oauth2",
	153: "pa_redhat_passkey",
	165: "pa_supported_etypes",
	166: "pa_extended_error",
}

// errorNames are the names of the errors (RFC 4120, section 7.5.9; RFC 4556,
// section 3.1.3).
var errorNames = [...]string{
	0:  "KDC_ERR_NONE",
	1:  "KDC_ERR_NAME_EXP",
	2:  "KDC_ERR_SERVICE_EXP",
	3:  "KDC_ERR_BAD_PVNO",
	4:  "KDC_ERR_C_OLD_MAST_KVNO",
	5:  "KDC_ERR_S_OLD_MAST_KVNO",
	6:  "KDC_ERR_C_PRINCIPAL_UNKNOWN",
	7:  "KDC_ERR_S_PRINCIPAL_UNKNOWN",
	8:  "KDC_ERR_PRINCIPAL_NOT_UNIQUE",
	9:  "KDC_ERR_NULL_KEY",
	10: "KDC_ERR_CANNOT_POSTDATE",
	11: "KDC_ERR_NEVER_VALID",
	12: "KDC_ERR_POLICY",
	13: "KDC_ERR_BADOPTION",
	14: "KDC_ERR_ETYPE_NOSUPP",
	15: "KDC_ERR_SUMTYPE_NOSUPP",
	16: "KDC_ERR_PADATA_TYPE_NOSUPP",
	17: "KDC_ERR_TRTYPE_NOSUPP",
	18: "KDC_ERR_CLIENT_REVOKED",
	19: "KDC_ERR_SERVICE_REVOKED",
	20: "KDC_ERR_TGT_REVOKED",
	21: "KDC_ERR_CLIENT_NOTYET",
	22: "KDC_ERR_SERVICE_NOTYET",
	23: "KDC_ERR_KEY_EXPIRED",
	24: "KDC_ERR_PREAUTH_FAILED",
	25: "KDC_ERR_PREAUTH_REQUIRED",
	26: "KDC_ERR_SERVER_NOMATCH",
	27: "KDC_ERR_MUST_USE_USER2USER",
	28: "KDC_ERR_PATH_NOT_ACCEPTED",
	29: "KDC_ERR_SVC_UNAVAILABLE",
	31: "KRB_AP_ERR_BAD_INTEGRITY",
	32: "KRB_AP_ERR_TKT_EXPIRED",
	33: "KRB_AP_ERR_TKT_NYV",
	34: "KRB_AP_ERR_REPEAT",
	35: "KRB_AP_ERR_NOT_US",
	36: "KRB_AP_ERR_BADMATCH",
	37: "KRB_AP_ERR_SKEW",
	38: "KRB_AP_ERR_BADADDR",
	39: "KRB_AP_ERR_BADVERSION",
	40: "KRB_AP_ERR_MSG_TYPE",
	41: "KRB_AP_ERR_MODIFIED",
	42: "KRB_AP_ERR_BADORDER",
	44: "KRB_AP_ERR_BADKEYVER",
	45: "KRB_AP_ERR_NOKEY",
	46: "KRB_AP_ERR_MUT_FAIL",
	47: "KRB_AP_ERR_BADDIRECTION",
	48: "KRB_AP_ERR_METHOD",
	49: "KRB_AP_ERR_BADSEQ",
	50: "KRB_AP_ERR_INAPP_CKSUM",
	51: "KRB_AP_PATH_NOT_ACCEPTED",
	52: "KRB_ERR_RESPONSE_TOO_BIG",
	60: "KRB_ERR_GENERIC",
	61: "KRB_ERR_FIELD_TOOLONG",
	62: "KDC_ERROR_CLIENT_NOT_TRUSTED",
	63: "KDC_ERROR_KDC_NOT_TRUSTED",
	64: "KDC_ERROR_INVALID_SIG",
	65: "KDC_ERR_KEY_TOO_WEAK",
	66: "KDC_ERR_CERTIFICATE_MISMATCH",
	67: "KRB_AP_ERR_NO_TGT",
	68: "KDC_ERR_WRONG_REALM",
	69: "KRB_AP_ERR_USER_TO_USER_REQUIRED",
	70: "KDC_ERR_CANT_VERIFY_CERTIFICATE",
	71: "KDC_ERR_INVALID_CERTIFICATE",
	72: "KDC_ERR_REVOKED_CERTIFICATE",
	73: "KDC_ERR_REVOCATION_STATUS_UNKNOWN",
	74: "KDC_ERR_REVOCATION_STATUS_UNAVAILABLE",
	75: "KDC_ERR_CLIENT_NAME_MISMATCH",
	76: "KDC_ERR_KDC_NAME_MISMATCH",
}
