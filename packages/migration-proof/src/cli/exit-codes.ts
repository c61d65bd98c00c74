/** What a command's exit code means, the same for all of them. */
export const exitCodes = {
  /** All was proven, or done, and the result was written. */
  proven: 0,
  /** Something is not proven, or there is no result. */
  notProven: 1,
  /** Wrong usage, or input that cannot be read. Nothing was changed. */
  unusable: 2,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]
