package dhcp

// OptionName is the registered name of an option (IANA registry "BOOTP Vendor
// Extensions and DHCP Options"), or "".
func OptionName(tag uint8) string { return optionNames[tag] }

var optionNames = [256]string{
	0: "Pad", 1: "Subnet Mask", 2: "Time Offset", 3: "Router", 4: "Time Server", 5: "Name Server",
	6: "Domain Server", 7: "Log Server", 8: "Quotes Server", 9: "LPR Server", 10: "Impress Server",
	11: "RLP Server", 12: "Hostname", 13: "Boot File Size", 14: "Merit Dump File", 15: "Domain Name",
	16: "Swap Server", 17: "Root Path", 18: "Extension File", 19: "Forward On/Off", 20: "SrcRte On/Off",
	21: "Policy Filter", 22: "Max DG Assembly", 23: "Default IP TTL", 24: "MTU Timeout",
	25: "MTU Plateau", 26: "MTU Interface", 27: "MTU Subnet", 28: "Broadcast Address",
	29: "Mask Discovery", 30: "Mask Supplier", 31: "Router Discovery", 32: "Router Request",
	33: "Static Route", 34: "Trailers", 35: "ARP Timeout", 36: "Ethernet", 37: "Default TCP TTL",
	38: "Keepalive Time", 39: "Keepalive Data", 40: "NIS Domain", 41: "NIS Servers", 42: "NTP Servers",
	43: "Vendor Specific", 44: "NETBIOS Name Srv", 45: "NETBIOS Dist Srv", 46: "NETBIOS Node Type",
	47: "NETBIOS Scope", 48: "X Window Font", 49: "X Window Manager", 50: "Address Request",
	51: "Address Time", 52: "Overload", 53: "DHCP Msg Type", 54: "DHCP Server Id",
	55: "Parameter List", 56: "DHCP Message", 57: "DHCP Max Msg Size", 58: "Renewal Time",
	59: "Rebinding Time", 60: "Class Id", 61: "Client Id", 62: "NetWare/IP Domain",
	63: "NetWare/IP Option", 64: "NIS-Domain-Name", 65: "NIS-Server-Addr", 66: "Server-Name",
	67: "Bootfile-Name", 68: "Home-Agent-Addrs", 69: "SMTP-Server", 70: "POP3-Server",
	71: "NNTP-Server", 72: "WWW-Server", 73: "Finger-Server", 74: "IRC-Server",
	75: "StreetTalk-Server", 76: "STDA-Server", 77: "User-Class", 78: "Directory Agent",
	79: "Service Scope", 80: "Rapid Commit", 81: "Client FQDN", 82: "Relay Agent Information",
	83: "iSNS", 85: "NDS Servers", 86: "NDS Tree Name", 87: "NDS Context", 90: "Authentication",
	91: "client-last-transaction-time", 92: "associated-ip", 93: "Client System", 94: "Client NDI",
	95: "LDAP", 97: "UUID/GUID", 98: "User-Auth", 100: "PCode", 101: "TCode",
	108: "IPv6-Only Preferred", 112: "Netinfo Address", 113: "Netinfo Tag",
	114: "DHCP Captive-Portal", 116: "Auto-Config", 117: "Name Service Search",
	118: "Subnet Selection Option", 119: "Domain Search", 120: "SIP Servers DHCP Option",
	121: "Classless Static Route Option", 122: "CCC", 123: "GeoConf Option", 124: "V-I Vendor Class",
	125: "V-I Vendor-Specific Information", 145: "FORCERENEW_NONCE_CAPABLE", 150: "TFTP server address",
	160: "DHCP Captive-Portal (formerly)", 249: "Microsoft Classless Static Route",
	252: "Web Proxy Auto-Discovery", 255: "End",
}
