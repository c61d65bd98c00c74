import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { makeScratchFolder } from '../../support/scratch-folder.ts'

const calls = 'openat,pwrite64,ftruncate,fsync,fdatasync,unlink'

/** A folder that a program works in. */
export interface TracedFolder {
  readonly folder: string
  /** The files that are in the folder before. */
  readonly names: readonly string[]
}

/**
 * Runs a program of Node and returns for each folder what it changed there, an operation a line, in the words of
 * `describeLog`. Shared memory counts as memory.
 */
export function traceProgram(folders: readonly TracedFolder[], command: readonly string[]): string[][] {
  using traces = makeScratchFolder()
  // A file for each thread, so that no call is torn apart by one of another thread.
  const output = join(traces.path, 'trace')
  const options = ['-ff', '-y', '-s', '0', '-e', `trace=${calls}`, '-o', output]
  const { status, stderr } = spawnSync('strace', [...options, process.execPath, ...command], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`The program failed under strace: ${stderr}`)
  const threads = readdirSync(traces.path).map((name) =>
    readFileSync(join(traces.path, name), 'utf8').split('\n'),
  )
  return folders.map((traced) => changesOf(traced, threads))
}

function changesOf({ folder, names }: TracedFolder, threads: readonly string[][]): string[] {
  const [ofThread = [], ...others] = threads.filter((lines) => lines.some((line) => line.includes(folder)))
  if (others.length > 0) throw new Error('More than one thread used the folder: the order is unknown.')
  const known = new Set(names.map((name) => join(folder, name)))
  return ofThread.flatMap((line) => translate(line, folder, known))
}

/** A call as an operation; none for one that changes nothing, such as opening a file that is there. */
function translate(line: string, folder: string, known: Set<string>): string[] {
  const [, call = '', path = '', ...numbers] = parse(line)
  const isFolder = path === folder
  if ((!isFolder && dirname(path) !== folder) || path.endsWith('-shm')) return []
  const name = basename(path)
  switch (call) {
    case 'openat': {
      if (isFolder || known.has(path)) return []
      known.add(path)
      return [`create ${name}`]
    }
    case 'pwrite64':
      return [`write ${name} offset ${numbers[1]} length ${numbers[0]}`]
    case 'ftruncate':
      return [`truncate ${name} to ${numbers[0]}`]
    case 'fsync':
    case 'fdatasync':
      return [isFolder ? 'sync the folder' : `sync ${name}`]
    case 'unlink':
      known.delete(path)
      return [`unlink ${name}`]
    default:
      throw new Error(`No operation is known for ${line}`)
  }
}

/** Call, path and numbers of a call that succeeded. */
function parse(line: string): readonly string[] {
  const patterns = [
    /^(openat)\([^"]*"([^"]+)".*\) += \d+</,
    /^(pwrite64)\(\d+<([^>]+)>, .*, (\d+), (\d+)\) += \d+/,
    /^(ftruncate)\(\d+<([^>]+)>, (\d+)\) += 0/,
    /^(fsync|fdatasync)\(\d+<([^>]+)>\) += 0/,
    /^(unlink)\("([^"]+)"\) += 0/,
  ]
  for (const pattern of patterns) {
    const match = pattern.exec(line)
    if (match !== null) return match
  }
  return []
}
