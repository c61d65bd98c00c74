/** One of the two outputs of the process, for what this program itself prints. */
interface Output {
  /** Writes a text; it never throws, and a text that cannot be written is dropped. */
  write(text: string): void
  /** Waits until all that was written has left the process, or has failed to. */
  flush(): Promise<void>
  /** Why it cannot be written; null while it can, and where only its reader went away. */
  readonly failure: Error | null
}

/** What a reader that went away leaves: it has seen enough, such as `head`, and is no reason to fail or to stop. */
const readerGone: readonly (string | undefined)[] = ['EPIPE', 'ECONNRESET', 'EOF']

function openOutput(stream: NodeJS.WriteStream): Output {
  const write = stream.write.bind(stream)
  let pending = 0
  let isLost = false
  let failure: Error | null = null
  let waiting: (() => void)[] = []
  const settle = (error?: NodeJS.ErrnoException | null) => {
    pending -= 1
    if (error) isLost = true
    if (error && !readerGone.includes(error.code)) failure ??= error
    if (pending > 0) return
    for (const resolve of waiting) resolve()
    waiting = []
  }
  // Each failed write is an event too, and one that nothing listens to would end the process.
  stream.on('error', () => {})
  return {
    write: (text) => {
      if (isLost) return
      pending += 1
      write(text, settle)
    },
    flush: () => (pending === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    get failure() {
      return failure
    },
  }
}

const output = openOutput(process.stdout)
const errors = openOutput(process.stderr)

/** Writes a text on the standard output, as it is. All that this program prints goes through `print.ts`. */
export const writeOutput = output.write

/** Writes a text on the standard error, as it is. */
export const writeError = errors.write

/** Why results could not be written; null where they were, or where their reader went away. */
export function outputFailure(): Error | null {
  return output.failure
}

/** Waits until all that was printed has left the process. */
export async function flushOutput(): Promise<void> {
  await Promise.all([output.flush(), errors.flush()])
}

/**
 * Keeps the standard output for results: what the code of a project, its threads and `console.log` write there goes
 * to the standard error.
 */
export function keepOutput(): void {
  const divert = (...given: Parameters<typeof process.stderr.write>) => process.stderr.write(...given)
  Object.defineProperty(process.stdout, 'write', { value: divert, configurable: true, writable: true })
}
