/** Names, connections, certificates, proxies: what any tool may run into. */
import type { Rule } from '../rule.ts';

export const NETWORK: readonly Rule[] = [
  {
    id: 'network/dns',
    line: /getaddrinfo (?:ENOTFOUND|EAI_AGAIN) (?<host>[\w.-]+)|Could not resolve host:? (?<host2>[\w.-]+)|lookup (?<host3>[\w.-]+)(?: on \S+)?: (?:no such host|server misbehaving|i\/o timeout)|Temporary failure in name resolution|Name or service not known|could not translate host name "(?<host4>[^"]+)"/i,
    what: 'The name {host|of a server} cannot be resolved.',
    cause: 'A typing error, no network, a VPN that is off, or (in WSL) a resolver that broke after sleep.',
    next: ['Check the name: getent hosts {host|NAME}', 'In WSL: wsl --shutdown, and see docs about DNS; inside a cluster, names need their namespace.'],
  },
  {
    id: 'network/expired-certificate',
    line: /certificate has expired|CERT_HAS_EXPIRED|certificate is not yet valid|is after \d{4}-\d\d-\d\dT|has expired or is not yet valid/i,
    what: 'The server’s certificate is out of date.',
    cause: 'It was not renewed, or the clock of this machine is wrong (WSL after sleep).',
    next: ['Compare the clock: date. Otherwise renew the certificate.'],
  },
  {
    id: 'network/untrusted-certificate',
    line: /x509: certificate signed by unknown authority|SSL certificate problem|self[- ]signed certificate|UNABLE_TO_(?:VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT)|CERTIFICATE_VERIFY_FAILED|The certificate of (?<host>\S+) is not trusted/i,
    what: 'The certificate of {host|the server} is not trusted.',
    cause: 'A company’s own authority that this machine (or this distribution) does not know, or a self-signed certificate.',
    next: ['Add the authority to the system’s store (update-ca-certificates) or name its file (NODE_EXTRA_CA_CERTS, SSL_CERT_FILE). Do not switch the check off.'],
  },
  {
    id: 'network/wrong-name-certificate',
    line: /certificate is valid for (?<names>[^,]+(?:, [^,]+)*), not (?<host>\S+)|ERR_TLS_CERT_ALTNAME_INVALID|x509: cannot validate certificate/i,
    what: 'The certificate is not for {host|the name that was asked}.',
    cause: 'The server is reached by an address or name that its certificate does not list.',
    next: ['Use one of its names ({names|see the certificate}), or issue one for this name.'],
  },
  {
    id: 'network/tls-handshake',
    line: /TLS handshake timeout|wrong version number|EPROTO|tls: first record does not look like a TLS handshake|packet length too long/i,
    what: 'No TLS came about with the server.',
    cause: 'It speaks plain HTTP on that port, or something between (a proxy) breaks the connection.',
    next: ['Try http:// on the same port, and check HTTPS_PROXY and NO_PROXY.'],
  },
  {
    id: 'network/proxy',
    line: /407 Proxy Authentication Required|proxyconnect tcp|tunneling socket could not be established|CONNECT tunnel failed/i,
    what: 'The proxy did not let the request through.',
    cause: 'It wants a login, or does not allow the address.',
    next: ['Check HTTPS_PROXY and NO_PROXY (cluster and local addresses belong into NO_PROXY).'],
  },
  {
    id: 'network/port-in-use',
    line: /EADDRINUSE.*?:(?<port>\d+)|bind: address already in use|Bind for \S*:(?<port2>\d+) failed: port is already allocated|Address already in use|port (?<port3>\d+) is already (?:in use|allocated)/i,
    what: 'The port {port|} is taken.',
    cause: 'Another program listens on it: often what an earlier run left, or on Windows a reserved range.',
    next: ['Find it: ss -ltnp | grep :{port|PORT} (in WSL also netstat on Windows), then end it or take another port.'],
  },
  {
    id: 'network/refused',
    line: /connect(?:ion)?:? (?:ECONNREFUSED|connection refused) ?(?<address>[\w.:[\]-]+)?|ECONNREFUSED (?<address2>\S+)|dial tcp (?<address3>[\w.:[\]-]+): connect: connection refused|Failed to connect to (?<address4>\S+ port \d+)|Connection refused|does not accept: .*refused/i,
    what: 'Nobody listens at {address|the address}.',
    cause: 'The service is not running or not ready yet, listens on another port, or only on another interface (localhost in WSL and Windows differ).',
    next: ['Wait for it in an earlier task (type wait with its port), and check the port.'],
  },
  {
    id: 'network/reset',
    line: /ECONNRESET|connection reset by peer|socket hang up|unexpected EOF|EPIPE|broken pipe/i,
    what: 'The connection broke off in the middle.',
    cause: 'The server restarted or a proxy cut it.',
    next: ['Run again, with `retry` for such tasks.'],
  },
  {
    id: 'network/timeout',
    line: /ETIMEDOUT|i\/o timeout|Connection timed out|context deadline exceeded|Operation timed out|net\/http: request canceled|gave no answer within/i,
    what: 'A server did not answer in time.',
    cause: 'A firewall that drops packets, a VPN that is off, or a server under load.',
    next: ['Try it by hand from the same machine (curl -v). Raise the timeout only if it is really slow.'],
  },
  {
    id: 'network/unreachable',
    line: /ENETUNREACH|EHOSTUNREACH|No route to host|Network is unreachable/i,
    what: 'There is no way to the server’s network.',
    cause: 'No network, a VPN that is off, or IPv6 without a route.',
    next: ['ip route get ADDRESS; connect the VPN; try IPv4.'],
  },
  {
    id: 'network/rate-limited',
    line: /\b429\b.*Too Many Requests|HTTP (?:status )?(?:code )?429|rate limit exceeded|API rate limit/i,
    what: 'The server limits how often it may be asked.',
    cause: 'Too many requests in a short time, often because they are not logged in.',
    next: ['Log in for a higher limit, or give the task `retry` with a backoff.'],
  },
]; // prettier-ignore
