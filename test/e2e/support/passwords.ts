/** Crypted passwords, as `openssl passwd -5` and `-6` make them. */
export const crypted = {
  /** SHA-256 of `correct`. */
  sha256: "$5$abcdefgh$GQCGCglVy/GrdjSAIWF1yntMhIBg.giBYttpdkwkSBB",
  /** SHA-512 of `correct`. */
  sha512:
    "$6$abcdefgh$xRrhnavKotRuHxJf64nkbpQJosQLSbh.68UmBSweveVmqsVd0pmhcVqlTk4EWnW1DyyxUflWDA6xYWEhPVSRG/",
};

/** The headers of a client that logs in. */
export function login(user: string, password: string): { authorization: string } {
  return { authorization: `Basic ${btoa(`${user}:${password}`)}` };
}
