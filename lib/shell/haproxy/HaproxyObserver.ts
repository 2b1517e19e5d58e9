/** Is told whether HAProxy runs. Its methods must not throw. */
export interface HaproxyObserver {
  haproxyStarted(): void;
  /** It has ended without being asked to, or could not be started again. */
  haproxyEnded(reason: string): void;
}
