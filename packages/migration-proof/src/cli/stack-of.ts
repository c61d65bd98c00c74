/** The stack of an error, and those of its causes, whose messages may hold values of rows. */
export function stackOf(error: Error): string {
  const { stack = error.message, cause } = error
  return cause instanceof Error ? `${stack}\nCaused by: ${stackOf(cause)}` : stack
}
