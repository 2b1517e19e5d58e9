import { once } from "node:events";
import { connect, type PeerCertificate } from "node:tls";
import { deadline } from "../../../tools/harness/eventually.ts";

/** The certificate that a client that asks for this name sees at a port of 127.0.0.1; it is not verified. */
export async function certificateShown(port: number, servername: string): Promise<PeerCertificate> {
  const socket = connect({ host: "127.0.0.1", port, servername, rejectUnauthorized: false });
  try {
    await once(socket, "secureConnect", { signal: AbortSignal.timeout(deadline) });
    return socket.getPeerCertificate();
  } finally {
    socket.destroy();
  }
}
