import { isAbsolute, relative, resolve, sep } from 'node:path'
import { describeSubject, isNew, type Problem, type Severity } from '../../problem.ts'
import { printable } from './printable.ts'

/** Whether GitHub Actions runs this process, and shows annotations that it prints. */
export function isOnGitHub({ GITHUB_ACTIONS } = process.env): boolean {
  return GITHUB_ACTIONS === 'true'
}

const levels: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', note: 'notice' }

/**
 * The new problems as annotations of GitHub Actions, a line for each. They need no permission, so that they are shown for
 * forks too: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
 *
 * @param root the folder of the repository; paths on GitHub lead from it
 */
export function formatAnnotations(
  problems: readonly Problem[],
  root = process.env.GITHUB_WORKSPACE ?? process.cwd(),
): string {
  return problems
    .filter(isNew)
    .map((problem) => `${annotationOf(problem, root)}\n`)
    .join('')
}

function annotationOf(problem: Problem, root: string): string {
  const { code, severity, subject, expected, actual, why, fix, location, seenIn } = problem
  const position =
    location === null
      ? []
      : [
          `file=${escapeProperty(printable(pathFrom(root, location.file)))}`,
          ...(location.line === null ? [] : [`line=${location.line}`]),
        ]
  const title = `title=${escapeProperty(printable(`${code}: ${describeSubject(subject)}`))}`
  const where = seenIn.length === 0 ? [] : [`Seen in ${seenIn.join(', ')}.`]
  const lines = [`Expected ${expected}, found ${actual}.`, ...where, why, fix].filter((line) => line !== '')
  const message = escapeData(lines.map(printable).join('\n'))
  return `::${levels[severity]} ${[...position, title].join(',')}::${message}`
}

/** Problems name files from the working directory. */
function pathFrom(root: string, file: string): string {
  const path = relative(root, resolve(file))
  return path.startsWith('..') || isAbsolute(path) ? file : path.split(sep).join('/')
}

/** As https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts escapes them. */
function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
