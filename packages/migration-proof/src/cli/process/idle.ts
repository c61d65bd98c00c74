const waiting: (() => void)[] = []

/**
 * Calls back when nothing is left to do in this thread, although its work is not done: it waits for a promise that
 * never settles. Only what was asked for last is called.
 *
 * @returns what takes the wish back
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
