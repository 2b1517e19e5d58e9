/** Who asked for a change, and how, for `api_post_event`; `force` overrides the lock of a deployment. */
export interface ChangeRequest {
  readonly clientIp: string;
  readonly uri: string;
  readonly force: boolean;
}
