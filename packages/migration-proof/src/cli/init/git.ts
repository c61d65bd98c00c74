import { relative } from 'node:path'
import { runProgram } from './run-program.ts'

/** A way back to what a project was before. */
export interface Undo {
  /** The commands; empty where the project is not under git. */
  readonly commands: readonly string[]
  /** Changed files that git cannot restore: they had changes before, or were not committed. */
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
  const list = (paths: readonly string[]) =>
    paths.map((path) => quoted(relative(process.cwd(), path))).join(' ')
  const back = changed.filter((file) => restorable?.includes(file))
  const byHand = changed.filter((file) => !back.includes(file))
  if (restorable === null) return { commands: [], byHand }
  return {
    commands: [
      ...(back.length === 0 ? [] : [`git checkout -- ${list(back)}`]),
      ...(made.length === 0 ? [] : [`git clean -fdx -- ${list(made)}`]),
    ],
    byHand,
  }
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

function quoted(text: string): string {
  return /^[\w./@-]+$/.test(text) ? text : `"${text}"`
}
