// Goal: each function of the public entry has an example, and each example of an entry runs and prints what it says.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { openFile } from '../src/engines/better-sqlite3.ts'
import { packageFolder, runCommandLine } from './support/command-line.ts'
import { readDeclaredExample } from './support/installed-project.ts'

interface Example {
  readonly name: string
  readonly code: string
  /** What its comments say that it prints. */
  readonly prints: string
}

/** The names that a user imports and can call; types and errors need no example. */
const functions = readExports('src/index.ts').filter(({ name }) => !name.endsWith('Error'))
/** What is not in the entry, since it needs a library, and has an example none the less. */
const others = ['behaviour', 'compatibility']
  .flatMap((entry) => readExports(`src/${entry}/index.ts`))
  .flatMap(({ name, file }) => readExample(name, file))
const examples = [...functions.flatMap(({ name, file }) => readExample(name, file)), ...others]

const folder = mkdtempSync(join(tmpdir(), 'examples-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('the public entry', () => {
  it('is small', () => {
    expect(functions.length).toBeGreaterThan(25)
    expect(functions.length).toBeLessThanOrEqual(35)
  })

  it('has an example of each function, which imports it', () => {
    const withExample = new Set(
      examples.filter(({ name, code }) => importedIn(code).includes(name)).map(({ name }) => name),
    )
    expect(functions.filter(({ name }) => !withExample.has(name))).toEqual([])
  })

  it('has an example of rows that are drawn', () => {
    expect(others.map(({ name }) => name)).toContain('arbitrariesOf')
  })

  it('has examples that print something', () => {
    expect(examples.filter(({ prints }) => prints === '')).toEqual([])
  })
})

describe('an example', () => {
  const printed = runAll()

  it.for(examples)('runs and prints what it says: $name', ({ name, prints }) => {
    expect(printed[name]).toBe(prints)
  })
})

function readExports(path: string): { name: string; file: string }[] {
  const entry = readFileSync(join(packageFolder, path), 'utf8')
  return [...entry.matchAll(/^export \{([^}]*)\} from '([^']+)'/gm)].flatMap(([, names = '', file = '']) =>
    names
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '' && !name.startsWith('type '))
      .map((name) => ({ name, file: join(packageFolder, dirname(path), file) })),
  )
}

/** The example in the doc comment of a function or constant; none where there is none. */
function readExample(name: string, file: string): Example[] {
  const lines = readFileSync(file, 'utf8').split('\n')
  const declared = lines.findIndex((line) =>
    new RegExp(`^export (async )?(function|const) ${name}\\b`).test(line),
  )
  if (lines[declared - 1] !== ' */') return []
  const comment = lines.slice(lines.lastIndexOf('/**', declared), declared).join('\n')
  const [, block] = /^ \* @example\n \* ```js\n([\s\S]*?) \* ```$/m.exec(comment) ?? []
  if (block === undefined) return []
  const code = block.replaceAll(/^ \* ?/gm, '')
  const prints = [...code.matchAll(/console\.log\(.*\) \/\/ (.+)$/gm)].map(([, text]) => text).join(', ')
  return [{ name, code, prints }]
}

function importedIn(code: string): string[] {
  return [...code.matchAll(/^import \{([^}]*)\} from 'migration-proof(?:\/\w+)?'$/gm)].flatMap(
    ([, names = '']) => names.split(',').map((name) => name.trim()),
  )
}

/** Runs each example in a project of its own: that of docs/config.md, with a file of version 1. */
function runAll(): Record<string, string> {
  const project = join(folder, 'project')
  makeProject(project)
  for (const { name, code } of examples) {
    cpSync(project, join(folder, name), { recursive: true })
    writeFileSync(join(folder, name, 'example.mjs'), code)
  }
  writeFileSync(join(folder, 'run.mjs'), program)
  const names = examples.map(({ name }) => name)
  const { stdout, stderr, status } = spawnSync(process.execPath, ['run.mjs', ...names], {
    cwd: folder,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout)
}

const program = `import { chdir, argv } from 'node:process'
import { format } from 'node:util'
const start = process.cwd()
const print = console.log
const printed = {}
for (const name of argv.slice(2)) {
  const lines = []
  console.log = (...values) => lines.push(format(...values))
  chdir(start + '/' + name)
  try {
    await import(start + '/' + name + '/example.mjs')
  } catch (error) {
    lines.push(error.stack)
  }
  printed[name] = lines.join(', ')
}
print(JSON.stringify(printed))
process.exit(0)
`

/** The project of docs/config.md: its config, frozen fixtures, and \`notes.db\`. */
function makeProject(project: string): void {
  mkdirSync(project, { recursive: true })
  symlinkSync(join(packageFolder, '..', '..', 'node_modules'), join(folder, 'node_modules'), 'dir')
  writeFileSync(join(project, 'migration-proof.config.mjs'), readDeclaredExample())
  for (const args of [['freeze'], ['freeze', '--accept-drafts']])
    expect(runCommandLine(args, { cwd: project })).toMatchObject({ exitCode: 0 })
  const database = openFile(join(project, 'notes.db'))
  database.exec(`${readSql(project, 'schemas/v1.sql')};
    INSERT INTO schema_version (version) VALUES (1);
    INSERT INTO note (text) VALUES ('buy milk'), ('call home')`)
  database.close()
}

function readSql(project: string, file: string): string {
  return readFileSync(join(project, 'fixtures', file), 'utf8')
}
