package stun

import "merctools/lib/proto"

// Attributes by their number (IANA registry "STUN Attributes"; RFC 3489 for
// those of classic STUN; [MS-TURN], [MS-TURNBWM] and [MS-ICE2] for those of
// Microsoft). Those without a name in a record follow in a list of their own.
const (
	mappedAddress           = 0x0001
	responseAddress         = 0x0002
	sourceAddress           = 0x0004
	changedAddress          = 0x0005
	username                = 0x0006
	messageIntegrity        = 0x0008
	errorCode               = 0x0009
	unknownAttributes       = 0x000a
	reflectedFrom           = 0x000b
	channelNumber           = 0x000c
	lifetime                = 0x000d
	bandwidth               = 0x0010
	xorPeerAddress          = 0x0012
	data                    = 0x0013
	realm                   = 0x0014
	nonce                   = 0x0015
	xorRelayedAddress       = 0x0016
	requestedAddressFamily  = 0x0017
	evenPort                = 0x0018
	requestedTransport      = 0x0019
	dontFragment            = 0x001a
	messageIntegritySHA256  = 0x001c
	passwordAlgorithm       = 0x001d
	userhash                = 0x001e
	xorMappedAddress        = 0x0020
	reservationToken        = 0x0022
	priority                = 0x0024
	useCandidate            = 0x0025
	additionalAddressFamily = 0x8000
	addressErrorCode        = 0x8001
	passwordAlgorithms      = 0x8002
	alternateDomain         = 0x8003
	icmp                    = 0x8004
	msVersion               = 0x8008
	software                = 0x8022
	alternateServer         = 0x8023
	fingerprint             = 0x8028
	iceControlled           = 0x8029
	iceControlling          = 0x802a
	responseOrigin          = 0x802b
	otherAddress            = 0x802c
	msAppID                 = 0x8037
	msBandwidthAdmission    = 0x8056
	msImplementationVersion = 0x8070
	googNetworkInfo         = 0xc057
)

const (
	changeRequest  = 0x0003
	password       = 0x0007
	timerVal       = 0x0021 // of a draft of TURN
	ms8007         = 0x8007
	unassignedC003 = 0xc003
	unassignedDABA = 0xdaba
)

// ClassName is the name of a class, as records have it, or "".
func ClassName(class uint8) string { return proto.Name(classes[:], class) }

// AttributeName is the name of an attribute, as records have it, or "".
func AttributeName(typ uint16) string {
	switch typ {
	case mappedAddress:
		return "MAPPED_ADDRESS"
	case responseAddress:
		return "RESPONSE_ADDRESS"
	case sourceAddress:
		return "SOURCE_ADDRESS"
	case changedAddress:
		return "CHANGED_ADDRESS"
	case username:
		return "USERNAME"
	case messageIntegrity:
		return "MESSAGE_INTEGRITY"
	case errorCode:
		return "ERROR_CODE"
	case unknownAttributes:
		return "UNKNOWN_ATTRIBUTES"
	case reflectedFrom:
		return "REFLECTED_FROM"
	case channelNumber:
		return "CHANNEL_NUMBER"
	case lifetime:
		return "LIFETIME"
	case bandwidth:
		return "BANDWIDTH"
	case xorPeerAddress:
		return "XOR_PEER_ADDRESS"
	case data:
		return "DATA"
	case realm:
		return "REALM"
	case nonce:
		return "NONCE"
	case xorRelayedAddress:
		return "XOR_RELAYED_ADDRESS"
	case requestedAddressFamily:
		return "REQUESTED_ADDRESS_FAMILY"
	case evenPort:
		return "EVEN_PORT"
	case requestedTransport:
		return "REQUESTED_TRANSPORT"
	case dontFragment:
		return "DONT_FRAGMENT"
	case 0x001b:
		return "ACCESS_TOKEN"
	case messageIntegritySHA256:
		return "MESSAGE_INTEGRITY_SHA256"
	case passwordAlgorithm:
		return "PASSWORD_ALGORITHM"
	case userhash:
		return "USERHASH"
	case xorMappedAddress:
		return "XOR_MAPPED_ADDRESS"
	case reservationToken:
		return "RESERVATION_TOKEN"
	case priority:
		return "PRIORITY"
	case useCandidate:
		return "USE_CANDIDATE"
	case 0x0026:
		return "PADDING"
	case 0x0027:
		return "RESPONSE_PORT"
	case 0x002a:
		return "CONNECTION_ID"
	case additionalAddressFamily:
		return "ADDITIONAL_ADDRESS_FAMILY"
	case addressErrorCode:
		return "ADDRESS_ERROR_CODE"
	case passwordAlgorithms:
		return "PASSWORD_ALGORITHMS"
	case alternateDomain:
		return "ALTERNATE_DOMAIN"
	case icmp:
		return "ICMP"
	case msVersion:
		return "MS_VERSION"
	case 0x8020:
		return "MS_XOR_MAPPED_ADDRESS"
	case software:
		return "SOFTWARE"
	case alternateServer:
		return "ALTERNATE_SERVER"
	case 0x8025:
		return "TRANSACTION_TRANSMIT_COUNTER"
	case 0x8027:
		return "CACHE_TIMEOUT"
	case fingerprint:
		return "FINGERPRINT"
	case iceControlled:
		return "ICE_CONTROLLED"
	case iceControlling:
		return "ICE_CONTROLLING"
	case responseOrigin:
		return "RESPONSE_ORIGIN"
	case otherAddress:
		return "OTHER_ADDRESS"
	case 0x802d:
		return "ECN_CHECK_STUN"
	case 0x802e:
		return "THIRD_PARTY_AUTHORIZATION"
	case 0x8030:
		return "MOBILITY_TICKET"
	case 0x8032:
		return "MS_ALTERNATE_HOST_NAME"
	case msAppID:
		return "MS_APP_ID"
	case 0x8039:
		return "MS_SECURE_TAG"
	case 0x8050:
		return "MS_SEQUENCE_NUMBER"
	case 0x8055:
		return "MS_SERVICE_QUALITY"
	case msBandwidthAdmission:
		return "MS_BANDWIDTH_ADMISSION_CONTROL_MESSAGE"
	case msImplementationVersion:
		return "MS_IMPLEMENTATION_VERSION"
	case 0x8090:
		return "MS_ALTERNATE_MAPPED_ADDRESS"
	case 0x8095:
		return "MS_MULTIPLEXED_TURN_SESSION_ID"
	case 0xc000:
		return "CISCO_STUN_FLOWDATA"
	case 0xc001:
		return "ENF_FLOW_DESCRIPTION"
	case 0xc002:
		return "ENF_NETWORK_STATUS"
	case googNetworkInfo:
		return "GOOG_NETWORK_INFO"
	case 0xc058:
		return "GOOG_LAST_ICE_CHECK_RECEIVED"
	case 0xc059:
		return "GOOG_MISC_INFO"
	case 0xc05a:
		return "GOOG_OBSOLETE_1"
	case 0xc05b:
		return "GOOG_CONNECTION_ID"
	case 0xc05c:
		return "GOOG_DELTA"
	case 0xc05d:
		return "GOOG_DELTA_ACK"
	case 0xc060:
		return "GOOG_MESSAGE_INTEGRITY_32"
	}
	return ""
}

// Methods by their number (IANA registry "STUN Methods").
const (
	methodBinding           = 0x001
	methodSharedSecret      = 0x002
	methodAllocate          = 0x003
	methodRefresh           = 0x004
	methodSend              = 0x006
	methodData              = 0x007
	methodCreatePermission  = 0x008
	methodChannelBind       = 0x009
	methodConnect           = 0x00a
	methodConnectionBind    = 0x00b
	methodConnectionAttempt = 0x00c
	methodGoogPing          = 0x080
)

// MethodName is the name of a method, as records have it, or "".
func MethodName(method uint16) string { return proto.Name(methods[:], method) }

var methods = [...]string{
	methodBinding:           "Binding",
	methodSharedSecret:      "SharedSecret",
	methodAllocate:          "Allocate",
	methodRefresh:           "Refresh",
	methodSend:              "Send",
	methodData:              "Data",
	methodCreatePermission:  "CreatePermission",
	methodChannelBind:       "ChannelBind",
	methodConnect:           "Connect",
	methodConnectionBind:    "ConnectionBind",
	methodConnectionAttempt: "ConnectionAttempt",
	methodGoogPing:          "GOOG_PING",
}
