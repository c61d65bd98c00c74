import type { Problem } from '../../problem.ts'
import type { JunitParts } from '../../report/junit.ts'
import { suggest } from '../../suggest.ts'
import { UsageError } from '../errors.ts'
import { formatAnnotations, isOnGitHub } from './annotations.ts'
import { print, printAnnotations, printDocument, printJson } from './print.ts'

const formatNames = ['text', 'json', 'junit', 'github'] as const

/** How a command prints its problems. */
export type ProblemFormat = (typeof formatNames)[number]

/** The options of each command that reports problems. */
export const formatArguments = {
  format: {
    type: 'string',
    valueHint: 'name',
    description:
      'text (the default), json, junit for the test reports of GitLab, Jenkins, Buildkite and CircleCI, or github for the ' +
      'annotations of GitHub Actions, which text has there too',
  },
  json: { type: 'boolean', description: 'the same as --format json' },
} as const

/** @throws {UsageError} when there is no such format, or another one beside `--json` */
export function readFormat({
  format,
  json = false,
}: {
  readonly format?: string | undefined
  readonly json?: boolean | undefined
}): ProblemFormat {
  if (format === undefined) return json ? 'json' : 'text'
  const found = formatNames.find((name) => name === format)
  if (found !== undefined && (!json || found === 'json')) return found
  if (found !== undefined) {
    const diagnosis = { where: '--json', expected: 'no other --format beside it', actual: `'${format}'` }
    throw new UsageError({ ...diagnosis, fix: 'leave out one of them' })
  }
  const near = suggest(format, formatNames)
  throw new UsageError({
    where: '--format',
    expected: `one of ${formatNames.join(', ')}`,
    actual: `'${format}'`,
    fix: near === null ? 'choose one of them' : `perhaps ${near} was meant`,
  })
}

/** What a command found, in all forms that it can be printed in. */
export interface Printed {
  readonly suite: string
  readonly json: object
  text(): string
  /** What JUnit shows of it. */
  readonly parts: JunitParts
  /** All problems, each once. */
  readonly problems: readonly Problem[]
}

/** Prints what a command found. */
export async function printIn(format: ProblemFormat, found: Printed): Promise<void> {
  if (format === 'json') printJson(found.json)
  else if (format === 'junit') {
    const { formatJunit } = await import('../../report/junit.ts')
    printDocument(formatJunit(found.suite, found.parts))
  } else if (format === 'github') printAnnotations(formatAnnotations(found.problems))
  else {
    print(found.text())
    if (isOnGitHub()) printAnnotations(formatAnnotations(found.problems))
  }
}
