import type { Credentials } from "../../flags/Credentials.ts";
import type { DcosCredentials } from "../../flags/DcosCredentials.ts";
import type { VaultSecret } from "./VaultSecret.ts";

/** Where the credentials for Marathon come from. */
export type AccessSource =
  & {
    /** As an operator knows it, to be named when they are refused. */
    origin: string;
  }
  & (
    | { kind: "file"; path: string }
    | { kind: "basic"; credentials: Credentials }
    | { kind: "vault"; secret: VaultSecret }
    | { kind: "dcos"; account: DcosCredentials }
  );
