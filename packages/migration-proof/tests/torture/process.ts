import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** A program of this test that has a database open in a process of its own. */
export interface Companion {
  /** Sends a line, and returns the one that answers it; null once the process has ended. */
  ask(command: string): Promise<string | null>
  nextLine(): Promise<string | null>
  /** Ends it at once, as a crash does. */
  kill(): Promise<void>
  /** Waits until it ends by itself, and returns all lines that nothing has read yet. */
  end(): Promise<string[]>
}

/** Starts a program of Node. What it says on the standard error is part of its lines. */
export function startCompanion(program: string, parameters: readonly string[]): Companion {
  const { NODE_OPTIONS: _, ...environment } = process.env
  const child = spawn(process.execPath, [program, ...parameters], {
    // A Ctrl-C of a person ends this test, and not what it has started.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: environment,
  })
  const closed = new Promise<void>((resolve) => child.on('close', () => resolve()))
  child.stdin.on('error', () => {})
  child.stderr.resume()
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const nextLine = async () => {
    const { value, done } = await lines.next()
    return done === true ? null : value
  }
  return {
    nextLine,
    ask: (command) => {
      child.stdin.write(`${command}\n`)
      return nextLine()
    },
    kill: async () => {
      child.kill('SIGKILL')
      await closed
    },
    end: async () => {
      const rest: string[] = []
      for (let line = await nextLine(); line !== null; line = await nextLine()) rest.push(line)
      await closed
      return rest
    },
  }
}
