/** What a command's exit code means, the same for all of them. */
export const exitCodes = {
  /** All was proven, or done. */
  proven: 0,
  /** Something is not as it must be. */
  notProven: 1,
  /** Wrong usage, or input that cannot be read. Nothing was changed. */
  unusable: 2,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]
