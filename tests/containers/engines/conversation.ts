import { spawn, spawnSync } from 'node:child_process'
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DiagnosedError } from 'migration-proof'

/** A program that is asked in lines and answers in text, one question at a time. */
export interface Conversation {
  /**
   * Sends lines and waits for all that the program prints until it prints the mark on a line of its own.
   *
   * @throws {ConversationError} when the program ends before that
   */
  ask(lines: string, mark: string): string
  /** Ends the program's input and waits until it has ended. */
  end(): void
}

/** Thrown when a program that was asked something ended instead of answering. */
export class ConversationError extends DiagnosedError {
  override readonly name = 'ConversationError'
}

/**
 * Starts a program to talk with, synchronously: the harness has no asynchronous code. Two named pipes lead to
 * it, since a blocking read from a pipe is the one way in Node to wait for another process and to go on.
 *
 * @param command the program and its arguments
 */
export function startConversation(command: readonly [string, ...string[]]): Conversation {
  const [program, ...programArguments] = command
  const { input, output } = spawnOnPipes(program, programArguments)
  let unread = ''
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

  const readMore = (): boolean => {
    const buffer = Buffer.allocUnsafe(65_536)
    const length = readSync(output, buffer)
    unread += decoder.decode(buffer.subarray(0, length), { stream: true })
    return length > 0
  }

  return {
    ask: (lines, mark) => {
      const ending = `${mark}\n`
      const isSent = trySend(input, lines)
      while (!isSent || !unread.endsWith(ending)) if (!readMore()) throw ended(command, unread)
      const answer = unread.slice(0, -ending.length)
      unread = ''
      return answer
    },
    end: () => {
      closeSync(input)
      while (readMore()) unread = ''
      closeSync(output)
    },
  }
}

/** Whether the program was there to read all of it. */
function trySend(input: number, lines: string): boolean {
  const bytes = Buffer.from(lines)
  try {
    for (let sent = 0; sent < bytes.length; ) sent += writeSync(input, bytes, sent)
    return true
  } catch {
    return false
  }
}

/** Opening a named pipe waits for the other side; opened for both directions first, it does not. */
function spawnOnPipes(program: string, programArguments: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'sqlite-engine-'))
  const [inputPath, outputPath] = [join(folder, 'input'), join(folder, 'output')]
  spawnSync('mkfifo', ['-m', '600', inputPath, outputPath])
  const bothWays = [inputPath, outputPath].map((pipe) => openSync(pipe, constants.O_RDWR))
  const input = openSync(inputPath, constants.O_WRONLY)
  const output = openSync(outputPath, constants.O_RDONLY)
  const theirs = [openSync(inputPath, constants.O_RDONLY), openSync(outputPath, constants.O_WRONLY)] as const
  spawn(program, programArguments, { stdio: [theirs[0], theirs[1], theirs[1]] })
    .on('error', () => {})
    .unref()
  for (const pipe of [...bothWays, ...theirs]) closeSync(pipe)
  rmSync(folder, { recursive: true })
  return { input, output }
}

function ended(command: readonly string[], lastWords: string) {
  return new ConversationError({
    where: `The program '${command.join(' ')}'`,
    expected: 'an answer',
    actual: lastWords.trim() === '' ? 'its end, without a word' : `its end, after '${lastWords.trim()}'`,
    fix: 'run the program by hand to see why',
  })
}
