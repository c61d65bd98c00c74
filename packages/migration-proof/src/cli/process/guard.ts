import { ProcessEndError } from '../../errors.ts'

const waiting: (() => void)[] = []

/**
 * Calls back when nothing is left to do in this thread although its work is not done: it waits for a promise that
 * never settles. Only the latest callback is called.
 *
 * @returns what removes the callback
 */
export function whenIdle(callback: () => void): () => void {
  if (waiting.length === 0) process.on('beforeExit', callLast)
  waiting.push(callback)
  return () => {
    const index = waiting.indexOf(callback)
    if (index !== -1) waiting.splice(index, 1)
    if (waiting.length === 0) process.off('beforeExit', callLast)
  }
}

function callLast(): void {
  waiting.at(-1)?.()
}
/** The functions that end a process or a thread at once. Not every version of Node has all of them. */
const endings = ['exit', 'reallyExit', 'abort', 'execve'] as const

const originals = new Map(endings.map((name) => [name, Reflect.get(process, name) as unknown]))

/**
 * From now on the code of a project cannot end this process or thread: a call throws an error, so that a migration is
 * named as the cause, and the command continues to its result. Calling it again changes nothing.
 */
export function guardProcess(): void {
  for (const name of endings) {
    if (typeof originals.get(name) !== 'function') continue
    const refuse = (given?: unknown) => {
      if (isCalledByNode(new Error().stack)) return call(name, given)
      // It ends already, with an exit code that this does not change.
      if (Reflect.get(process, '_exiting') === true) return
      const shown = typeof given === 'number' ? `${given}` : ''
      throw new ProcessEndError(`process.${name}(${shown})`)
    }
    Object.defineProperty(process, name, { value: refuse, configurable: true, writable: true })
  }
}

/** Ends the process after the listeners of its `exit` event. */
export function exitProcess(exitCode: number): void {
  call('exit', exitCode)
}

/** Ends the process at once, as Node itself does after the listeners of `exit`. */
export function endNow(exitCode: number): void {
  call('reallyExit', exitCode)
}

/** A thread whose code has thrown is ended by Node with the same call. The first frame is the refusal itself. */
function isCalledByNode(stack = ''): boolean {
  return /\(node:internal\/main\/worker_thread/.test(stack.split('\n')[2] ?? '')
}

function call(name: (typeof endings)[number], exitCode: unknown): void {
  const original = originals.get(name)
  if (typeof original === 'function') Reflect.apply(original, process, [exitCode])
}
