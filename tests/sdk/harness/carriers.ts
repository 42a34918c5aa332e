import { selfSignedCertificate } from './certificate';
import type { Settings } from './server';

let certificate: ReturnType<typeof selfSignedCertificate> | undefined;

/** The section `tls` of a server, with a certificate made for this run. */
export function tlsSettings(): Settings {
  if (!certificate) {
    certificate = selfSignedCertificate();
    process.once('exit', certificate.remove);
  }
  return { enabled: true, cert_pem_file: certificate.certificateFile, key_pem_file: certificate.keyFile };
}

/** The ways bytes can take from the engine to the network; each has write paths and limits of its own. */
export const carriers: readonly { readonly name: string; readonly more: Settings }[] = [
  { name: 'straight to the socket', more: {} },
  { name: "through the web server's pipe", more: { websocket: { direct_socket_writes: false } } },
  { name: 'through TLS', more: { http_server: { tls: tlsSettings() } } },
];
