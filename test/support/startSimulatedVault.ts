import { HttpListener } from "./HttpListener.ts";

/** A Vault with one secret at `/v1/secret/marathon`, for one token. It may be changed while it runs. */
export async function startSimulatedVault(
  { token, secret, pem }: { token: string; secret: { data: unknown }; pem?: string },
): Promise<HttpListener> {
  return await HttpListener.start(({ method, path, headers }) => {
    if (headers["x-vault-token"] !== token) return { status: 403, body: { errors: ["permission denied"] } };
    if (method !== "GET" || path !== "/v1/secret/marathon") return { status: 404, body: { errors: [] } };
    return { status: 200, body: secret };
  }, pem);
}
