import { relative, sep } from 'node:path'
import { quoteArgument } from '../../how-to-run.ts'
import { runProgram } from './run-program.ts'

/** A way back to what a project was before. */
export interface Undo {
  /** The commands of git; empty where the project is not under git. */
  readonly commands: readonly string[]
  /** Files and folders that were not there before. */
  readonly made: readonly string[]
  /** Changed files that git cannot restore: it does not know them, or not as they were. */
  readonly byHand: readonly string[]
}

/** Which of some files git can restore as they are now; null where the project is not under git. */
export async function findRestorable(
  project: string,
  files: readonly string[],
): Promise<readonly string[] | null> {
  const inside = await git(project, 'rev-parse', '--is-inside-work-tree')
  if (inside === null) return null
  const restorable: string[] = []
  for (const file of files) {
    const tracked = await git(project, 'ls-files', '--error-unmatch', '--', file)
    const changes = await git(project, 'status', '--porcelain', '--', file)
    if (tracked !== null && changes === '') restorable.push(file)
  }
  return restorable
}

/**
 * How to undo what was done.
 *
 * @param changed files that were changed
 * @param made files and folders that were not there before
 * @param restorable what {@link findRestorable} found before
 */
export function findUndo(
  changed: readonly string[],
  made: readonly string[],
  restorable: readonly string[] | null,
): Undo {
  const list = (paths: readonly string[]) => paths.map((path) => quoteArgument(wayTo(path))).join(' ')
  const back = changed.filter((file) => restorable?.includes(file))
  const rest = {
    made: made.map(wayTo),
    byHand: changed.filter((file) => !back.includes(file)).map(wayTo),
  }
  if (restorable === null) return { commands: [], ...rest }
  const commands = [
    ...(back.length === 0 ? [] : [`git checkout -- ${list(back)}`]),
    ...(made.length === 0 ? [] : [`git clean -fdx -- ${list(made)}`]),
  ]
  return { commands, ...rest }
}

/** It, as lines for a person. */
export function describeUndo({ commands, made, byHand }: Undo): string[] {
  if (commands.length > 0) {
    const others = byHand.map((file) => `${file} had changes of yours: remove by hand what was added to it.`)
    return [`Undo: ${commands.join(' && ')}`, ...others]
  }
  const added = byHand.length === 0 ? '' : `what was added to ${byHand.join(' and ')}`
  const parts = [made.join(', '), added].filter((part) => part !== '')
  return parts.length === 0 ? [] : [`Undo: delete ${parts.join(', and ')}.`]
}

/** Which of some paths git ignores. */
export async function findIgnored(project: string, paths: readonly string[]): Promise<readonly string[]> {
  const found = await git(project, 'check-ignore', '--', ...paths)
  return (found ?? '').split('\n').filter((line) => line !== '')
}

/** @returns what it prints; null where it fails */
async function git(folder: string, ...parameters: readonly string[]): Promise<string | null> {
  const { exitCode, stdout } = await runProgram(['git', ...parameters], folder)
  return exitCode === 0 ? stdout : null
}

/** The way to a path from the working directory, with slashes: as a person types it in the shell in which this runs. */
export function wayTo(path: string): string {
  return relative(process.cwd(), path).split(sep).join('/') || '.'
}
