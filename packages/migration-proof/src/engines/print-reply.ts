import { writeSync } from 'node:fs'
import type { EngineReply } from './engine-protocol.ts'

/** A process that waits without an event loop sleeps on it. */
const sleeping = new Int32Array(new SharedArrayBuffer(4))

/** Waits until a pipe that was not ready may be. */
export function waitForPipe(): void {
  Atomics.wait(sleeping, 0, 0, 1)
}

/** Writes an answer of the program of an engine, all of it, however slowly it is read. */
export function printReply(reply: EngineReply): void {
  const bytes = Buffer.from(`${JSON.stringify(reply)}\n`)
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(1, bytes, written)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error
      waitForPipe()
    }
  }
}
