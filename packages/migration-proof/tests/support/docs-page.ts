import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { renderProblems } from '../../src/cli/output/problem.ts'
import {
  defineConfig,
  freezeMissing,
  type Migration,
  type Problem,
  type Suite,
  type SuiteDefinition,
  type VerifyOptions,
} from '../../src/index.ts'
import { makePrivateFolder } from '../../src/snapshots/private-folder.ts'
import { packageFolder } from './command-line.ts'

/** The page of a check, a rule or a recipe. */
export interface DocsPage {
  readonly file: string
  readonly text: string
  /** What stands under each heading of the second level. */
  readonly sections: ReadonlyMap<string, string>
}

/** What a page shows of a project. */
interface Example {
  /** Statements by what the line above them names: `v1`, `rows of v1`, `v1 as released`, `golden schema of v2`. */
  readonly sql: ReadonlyMap<string, string>
  /** Fields by where they stand: `config`, `migration v2`; `migrate` is what applies the migrations. */
  readonly fields: ReadonlyMap<string, object>
}

/** The names of the pages of a folder of the docs. */
export function listPages(folder: string): string[] {
  return readdirSync(join(packageFolder, 'docs', folder)).map((name) => name.replace(/\.md$/, ''))
}

export function readPage(path: string): DocsPage {
  const file = join(packageFolder, path)
  const text = readFileSync(file, 'utf8')
  const [, ...parts] = text.split(/^## /m)
  const sections = parts.map((part) => {
    const [title = '', ...lines] = part.split('\n')
    return [title, lines.join('\n').trim()] as const
  })
  return { file, text, sections: new Map(sections) }
}

/** The text of a page with this problem as the output of its example. */
export function withOutput({ text }: DocsPage, problem: Problem): string {
  const output = renderProblems([problem], (_, plain) => plain)
  return text.replace(/(?<=^```text\n)[\s\S]*?(?=^```$)/m, () => `${output}\n`)
}

export interface OpenExample {
  readonly suite: Suite
  /** What applies its migrations, where it is no tool and not the migrator of this package. */
  readonly options: Pick<VerifyOptions, 'migrate'>
}

/** Where a page shows a project: as a whole, or under several headings. */
export function listExamples({ text }: DocsPage): string[] {
  const parts = text.split(/^(?=## )/m).filter((part) => part.includes('```sql\n'))
  return parts.length > 1 ? parts : [text]
}

/**
 * The suite of an example, in a private folder for as long as the test runs.
 *
 * @param example what a page shows of a project
 */
export function openExample(example: string): OpenExample {
  const { sql, fields } = readExample(example)
  const folder = makePrivateFolder()
  onTestFinished(() => folder.remove())
  for (const [kind, mark] of [
    ['schemas', 'golden schema of '],
    ['rows', 'rows of '],
  ] as const)
    for (const [name, text] of sql) {
      if (!name.startsWith(mark)) continue
      mkdirSync(join(folder.path, kind), { recursive: true })
      writeFileSync(join(folder.path, kind, `${name.slice(mark.length)}.sql`), text)
    }
  const open = (suffix: string) =>
    defineConfig({
      name: 'example',
      migrations: readMigrations({ sql, fields }, suffix),
      fixtures: folder.path,
      ...fields.get('config'),
    } as SuiteDefinition)
  if ([...sql.keys()].some((name) => name.startsWith('rows of '))) freeze(open(' as released'))
  return { suite: open(''), options: fields.get('migrate') ?? {} }
}

/** The first run drafts what is not written, and the second takes it as read. */
function freeze(suite: Suite): void {
  freezeMissing(suite)
  const [failure] = freezeMissing(suite, { acceptDrafts: true }).failures
  if (failure !== undefined) throw failure
}

/** @param suffix what the name of a version ends with that is preferred */
function readMigrations({ sql, fields }: Example, suffix: string): Migration[] {
  const versions = [...sql.keys()].filter((name) => /^v\d+$/.test(name))
  return versions.map((name, index) => {
    const text = sql.get(`${name}${suffix}`) ?? sql.get(name) ?? ''
    const own = fields.get(`migration ${name}`) ?? {}
    return { version: index + 1, name: `step ${index + 1}`, up: ({ exec }) => exec(text), ...own }
  })
}

const mark = /^-- (v\d+(?: as released)?|rows of [\w-]+|golden schema of [\w-]+)$/m
const owner = /^\/\/ (config|migration v\d+|migrate)$/m

function readExample(text: string): Example {
  const fields = readBlocks(text, 'js', owner).map(
    ([name, code]) => [name, new Function(`return {${code}}`)() as object] as const,
  )
  return { sql: new Map(readBlocks(text, 'sql', mark)), fields: new Map(fields) }
}

/** What stands below each line of a form in the blocks of a language, by what the line names. */
function readBlocks(text: string, language: string, line: RegExp): (readonly [string, string])[] {
  const blocks = [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].filter(([, own]) => own === language)
  return blocks.flatMap(([, , code = '']) => {
    const [before = '', ...parts] = code.split(line)
    if (before !== '') throw new Error(`Expected a line of the form ${line} above '${before}'`)
    return parts.flatMap((name, index) =>
      index % 2 === 0 ? [[name, (parts[index + 1] ?? '').trim()] as const] : [],
    )
  })
}
