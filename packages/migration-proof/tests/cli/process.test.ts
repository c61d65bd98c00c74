// Goal: a command says that something is proven only after it has proven it, whatever the code of a project does to
// the process and whatever becomes of the streams.
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ownBundle, packageFolder } from '../support/command-line.ts'
import { library, makeNotesProject } from '../support/notes-project.ts'
import type { ScratchProject } from '../support/scratch-project.ts'

let project: ScratchProject

/** Suites that do to the process what a suite must not do. Each is the suite of the notes, with one thing more. */
const suites = {
  'exits.mjs': "process.exit(0)\nexport { default } from './suite.mjs'\n",
  'exits-quietly.mjs':
    "process.exitCode = 0\nprocess.on('exit', () => process.reallyExit(0))\nprocess.reallyExit(0)\nexport { default } from './suite.mjs'\n",
  'waits.mjs': "await new Promise(() => {})\nexport { default } from './suite.mjs'\n",
  'exits-later.mjs':
    "setTimeout(() => process.exit(0), 1)\nawait new Promise((resolve) => setTimeout(resolve, 100))\nexport { default } from './suite.mjs'\n",
  'throws-later.mjs':
    "setTimeout(() => { throw new TypeError('thrown later') }, 1)\nawait new Promise((resolve) => setTimeout(resolve, 100))\nexport { default } from './suite.mjs'\n",
  'rejects.mjs':
    "Promise.reject(new TypeError('rejected'))\nawait new Promise((resolve) => setTimeout(resolve, 100))\nexport { default } from './suite.mjs'\n",
  'lasts.mjs':
    "import { createServer } from 'node:net'\nsetInterval(() => {}, 60_000)\ncreateServer().listen(0)\nexport { default } from './suite.mjs'\n",
  'ends-quietly.mjs':
    "process.on('exit', () => { process.exitCode = 0; throw new Error('at the end') })\nexport { default } from './suite.mjs'\n",
  'prints.mjs':
    "import { Worker } from 'node:worker_threads'\nconsole.log('from the log')\nprocess.stdout.write('from the stream')\nnew Worker(\"console.log('from a thread')\", { eval: true })\nexport { default } from './suite.mjs'\n",
  'exits-again.mjs':
    "queueMicrotask(() => process.exit(0))\nprocess.on('beforeExit', () => process.exit(0))\nexport { default } from './suite.mjs'\n",
  'throws-late-in-up.mjs': withSecond("queueMicrotask(() => { throw new Error('thrown late') })"),
  'wrong-field.mjs': withSecond('0').replace(
    "name: 'notes by text'",
    "name: 'notes by text', dataChanges: ['note']",
  ),
  'exits-in-up.mjs': withSecond('process.exit(0)'),
  'throws-in-up.mjs': withSecond("throw new Error('no row is as it was')"),
}

/** A suite of the same fixtures whose second migration does something else. */
function withSecond(statement: string): string {
  return [
    `import { defineConfig } from ${JSON.stringify(library)}`,
    "import { migrations } from './migrations.mjs'",
    `const second = { version: 2, name: 'notes by text', up: () => { ${statement} } }`,
    "const fixtures = new URL('fixtures', import.meta.url)",
    "export default defineConfig({ name: 'notes', migrations: [migrations[0], second], fixtures })",
    '',
  ].join('\n')
}

beforeAll(() => {
  project = makeNotesProject()
  for (const [file, text] of Object.entries(suites)) project.write(file, text)
  copyFileSync(join(project.folder, 'fixtures', 'snapshots', 'v1.db'), join(project.folder, 'data.db'))
})
afterAll(() => project.destroy())

function run(suite: keyof typeof suites | 'suite.mjs', command: string) {
  return project.run([...command.split(' '), '--config', suite])
}

/** Runs a command in a shell, for what it does to the streams. */
function runInShell(script: string) {
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script], {
    cwd: project.folder,
    encoding: 'utf8',
    env: { ...process.env, NODE: process.execPath, CLI: ownBundle, FORCE_COLOR: '' },
  })
  return { exitCode: status, stdout, stderr }
}

const stackFrame = /^ {4}at /m

/** Each row: a suite that gives a command no chance, and commands that must not say that all is proven. */
const hopeless: readonly (readonly [suite: keyof typeof suites, commands: readonly string[]])[] = [
  [
    'exits.mjs',
    [
      ...['verify', 'verify --json', 'gate --history', 'freeze --check', 'inspect data.db', 'lint --json'],
      ...['report --parts upgrades --format markdown', 'upgrade data.db --dry-run --json'],
    ],
  ],
  ['exits-quietly.mjs', ['verify', 'gate --history --json', 'upgrade data.db --dry-run --json']],
  [
    'waits.mjs',
    [
      ...['verify', 'verify --json', 'gate --history', 'freeze --check', 'inspect data.db'],
      ...['report --parts upgrades --json', 'upgrade data.db --dry-run --json'],
    ],
  ],
]

describe.for(hopeless)('a suite that %s', ([suite, commands]) => {
  it.for(commands)('is named by %s, which does not end with 0', (command) => {
    const { exitCode, stdout, stderr } = run(suite, command)
    expect(exitCode).not.toBe(0)
    expect(stdout + stderr).toContain(suite)
    expect(stdout + stderr).toMatch(/the config called process\.(exit|reallyExit)\(0\)|never settles/)
    expect(stderr).not.toMatch(stackFrame)
    if (command.includes('--json')) expect(() => JSON.parse(stdout)).not.toThrow()
  })
})

describe.for(['exits-later.mjs', 'throws-later.mjs', 'rejects.mjs'] as const)('a suite that %s', (suite) => {
  it.for(['verify --json'])('ends %s with one sentence that names it', (command) => {
    const { exitCode, stdout, stderr } = run(suite, command)
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/^Error: [^\n]+\.\n$/)
    expect(stderr).toContain(suite)
    if (command.includes('--json')) expect(JSON.parse(stdout)).toHaveProperty('error.fix')
    else expect(stdout).toBe('')
  })
})

it('one error is all that is said where a suite ends the process twice', () => {
  const { exitCode, stdout, stderr } = run('exits-again.mjs', 'verify --json')
  expect(exitCode).toBe(1)
  expect(JSON.parse(stdout)).toHaveProperty('error.fix')
  expect(stderr).toMatch(/^Error: [^\n]+\.\n$/)
})

it('an upgrade that an error thrown late ends leaves nothing beside the file', () => {
  const { exitCode, stderr } = run('throws-late-in-up.mjs', 'upgrade data.db')
  expect(exitCode).toBe(1)
  expect(stderr).toMatch(/Error: [^\n]+thrown late[^\n]+\.\n$/)
  expect(readdirSync(project.folder).filter((name) => name.includes('unfinished'))).toEqual([])
})

it.for(['verify', 'upgrade data.db'])(
  'a wrong field of a migration is named by %s, before any work',
  (command) => {
    const before = readdirSync(project.folder)
    const { exitCode, stderr } = run('wrong-field.mjs', command)
    expect(stderr).toMatch(/^Error: wrong-field\.mjs, migrations\[1\]\.dataChanges\[0\]: [^\n]+\.\n$/)
    expect(exitCode).toBe(2)
    expect(readdirSync(project.folder)).toEqual(before)
  },
)

it.for(['verify', 'verify --json', 'freeze --check', 'gate --history'])(
  'a folder of temporary files that is not there ends %s with one sentence',
  (command) => {
    const env = { TMPDIR: join(project.folder, 'nowhere') }
    const { exitCode, stderr } = project.run([...command.split(' '), '--config', 'suite.mjs'], { env })
    expect(stderr).toMatch(/^Error: The folder of temporary files [^\n]+'ENOENT'[^\n]+\.\n$/)
    expect(exitCode).toBe(2)
  },
)

describe('a migration that ends the process', () => {
  it.for([
    'verify',
    'verify --json',
    'freeze --check',
    'mutate --check golden',
    'crash --snapshot v1 --json',
  ])('does not end %s with 0, and is named', (command) => {
    const { exitCode, stdout, stderr } = run('exits-in-up.mjs', command)
    expect(exitCode).not.toBe(0)
    expect(stdout + stderr).toContain('process.exit(0)')
    expect(stderr).not.toMatch(stackFrame)
  })
})

describe('a migration that throws', () => {
  it.for(['freeze', 'gate --history --json', 'mutate --json', 'lint', 'crash --snapshot v1'])(
    'ends %s without a stack',
    (command) => {
      const { exitCode, stdout, stderr } = run('throws-in-up.mjs', command)
      expect(exitCode).not.toBe(0)
      expect(stdout + stderr).toContain('no row is as it was')
      expect(stdout + stderr).not.toMatch(stackFrame)
    },
  )
})

describe('a suite that leaves a timer and a server open', () => {
  it.for([
    'verify',
    'verify --json',
    'inspect data.db --json',
    'mutate --check golden --operator index-dropped',
  ])('does not keep %s from its end, and is warned of', (command) => {
    const reference = run('suite.mjs', command)
    const { exitCode, stderr, stdout } = run('lasts.mjs', command)
    expect(exitCode).toBe(reference.exitCode)
    expect(stderr).toMatch(/^Warning: .*left open.*: .*a timer.*\.\n$/m)
    expect(stderr).toContain('a server')
    if (command.includes('--json')) expect(() => JSON.parse(stdout)).not.toThrow()
  })
})

describe('a suite that sets the exit code at the end', () => {
  it('changes nothing of it', () => {
    const { exitCode, stdout } = run('ends-quietly.mjs', 'lint --json')
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'failed' })
    expect(exitCode).toBe(1)
  })
})

describe('what a suite prints', () => {
  it('goes to the standard error', () => {
    const { exitCode, stdout, stderr } = run('prints.mjs', 'verify --json')
    expect(JSON.parse(stdout)).toMatchObject({ suite: 'notes', outcome: 'passed' })
    for (const text of ['from the log', 'from the stream', 'from a thread']) expect(stderr).toContain(text)
    expect(exitCode).toBe(0)
  })
})

describe('the first line', () => {
  it.for([
    'verify',
    'freeze --check',
    'inspect data.db',
    'lint',
    'gate --history',
    'upgrade data.db --dry-run',
    'freeze --release --check',
    'mutate --check golden --operator index-dropped',
  ])('of %s names the suite', (command) => {
    expect(run('suite.mjs', command).stdout).toMatch(/^notes, v1 to v2 \(suite\.mjs\)\n/)
  })

  it.for([
    'verify --json',
    'freeze --check --json',
    'inspect data.db --json',
    'lint --json',
    'gate --history --json',
    'upgrade data.db --dry-run --json',
    'freeze --release --check --json',
    'report --parts upgrades --json',
    'report --parts upgrades --json --output results.json',
  ])('is a field of %s', (command) => {
    expect(JSON.parse(run('suite.mjs', command).stdout)).toMatchObject({ suite: 'notes' })
  })
})

describe.skipIf(process.platform === 'win32')('a stream that breaks', () => {
  it.for(['verify --json', 'upgrade data.db --dry-run'])('of errors changes nothing of %s', (command) => {
    for (const redirection of ['2>&-', '2>/dev/full', '2> >(exec 0<&-)']) {
      const { exitCode, stdout } = runInShell(`"$NODE" "$CLI" ${command} --config suite.mjs ${redirection}`)
      expect(exitCode, redirection).toBe(0)
      expect(stdout).not.toBe('')
    }
  })

  it('of errors leaves the exit code of a failure', () => {
    for (const redirection of ['2>&-', '2>/dev/full'])
      expect(runInShell(`"$NODE" "$CLI" verify --config waits.mjs ${redirection}`).exitCode).toBe(1)
  })

  it('whose reader goes away leaves the exit code of the work', () => {
    const ending = '| true; exit "$PIPESTATUS"'
    expect(runInShell(`"$NODE" "$CLI" verify --config suite.mjs ${ending}`).exitCode).toBe(0)
    expect(runInShell(`"$NODE" "$CLI" lint --config suite.mjs ${ending}`).exitCode).toBe(1)
    expect(runInShell(`"$NODE" "$CLI" verify --config exits-in-up.mjs ${ending}`).exitCode).toBe(1)
  })

  it.skipIf(!existsSync('/dev/full'))('before the result was written means that it is not proven', () => {
    const { exitCode, stderr } = runInShell('"$NODE" "$CLI" verify --json --config suite.mjs >/dev/full')
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/^Warning: The standard output: .*ENOSPC.*exit code 0.*\.\n$/)
  })
})

describe('--json', () => {
  it.for([
    '',
    'nonsense',
    'verify --nonsense',
    'upgrade',
    'inspect',
    'inspect nowhere.db',
    'restore a.db b.db',
  ])('makes a value of the error of "%s"', (command) => {
    const { exitCode, stdout, stderr } = project.run([...command.split(' ').filter(Boolean), '--json'])
    expect(exitCode).not.toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      error: { name: expect.any(String), fix: expect.any(String) },
    })
    expect(stderr).toMatch(/^Error: [^\n]+\n$/)
  })

  it('makes a value of a missing folder for temporary files, in one sentence', () => {
    const env = { TMPDIR: join(project.folder, 'nowhere') }
    const { exitCode, stdout, stderr } = project.run(
      ['mutate', '--operator', 'index-dropped', '--json', '--config', 'suite.mjs'],
      { env },
    )
    expect(JSON.parse(stdout)).toMatchObject({ error: { fix: expect.stringContaining('TMPDIR') } })
    expect(stderr).toMatch(/^Error: [^\n]+nowhere[^\n]+\n$/)
    expect(exitCode).toBe(2)
  })

  it('makes a value of a mistake in the code of a suite, and shows its stack where that is asked for', () => {
    project.write(
      'mistaken.mjs',
      "import suite from './suite.mjs'\nexport default { ...suite, get plan() { return null.plan } }\n",
    )
    const parameters = ['lint', '--json', '--config', 'mistaken.mjs']
    const { exitCode, stdout, stderr } = project.run(parameters)
    expect(JSON.parse(stdout)).toMatchObject({
      error: { name: 'TypeError', where: expect.stringMatching(/mistaken\.mjs:2$/) },
    })
    expect(stderr).toMatch(/^Error: [^\n]+\n$/)
    expect(exitCode).toBe(1)
    expect(project.run(parameters, { env: { MIGRATION_PROOF_STACK: '1' } }).stderr).toMatch(stackFrame)
  })
})

/** Names that are a command to a build service, or draw on a terminal. */
const names = [
  '::error::owned',
  'x\n::error::owned',
  '##vso[task.complete]',
  '##[error]owned',
  'a\u001B[31mb\u009B2Jc\u202Ed',
]

describe('a name from a file', () => {
  beforeAll(() => {
    const database = new Database(join(project.folder, 'hostile.db'))
    database.exec('CREATE TABLE note (id TEXT PRIMARY KEY, text TEXT NOT NULL)')
    for (const name of names)
      database.exec(`CREATE TABLE "${name}" (x); CREATE INDEX "i${name}" ON "${name}" (x)`)
    database.exec('CREATE TABLE schema_version (version INTEGER PRIMARY KEY)')
    database.close()
    copyFileSync(join(project.folder, 'hostile.db'), join(project.folder, '::warning::hostile.db'))
  })

  it.for([
    'inspect hostile.db',
    'inspect hostile.db --json',
    'inspect ::warning::hostile.db',
    'upgrade hostile.db --dry-run',
    'upgrade hostile.db --dry-run --json',
    'upgrade ::warning::hostile.db --dry-run',
    'inspect ::warning::nowhere.db',
  ])('is no command to a service that runs %s, and draws nothing', (command) => {
    for (const env of [{}, { FORCE_COLOR: '1' }]) {
      const { stdout, stderr } = project.run([...command.split(' '), '--config', 'suite.mjs'], { env })
      const lines = (stdout + stderr).split(/[\n\r]/)
      expect(lines.filter((line) => /^\s*::|##(vso)?\[/.test(line))).toEqual([])
      expect(lines.filter((line) => /[\p{Cc}\p{Cf}]/u.test(stripVTControlCharacters(line)))).toEqual([])
      expect(stdout + stderr).not.toContain('\u001B[31mb')
    }
  })
})

describe('the code of the command line', () => {
  it('writes on the streams in one file only, so that no name gets past it', () => {
    const folder = join(packageFolder, 'src', 'cli')
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.ts'),
    )
    const writing = files.filter((file) =>
      /process\.std(out|err)\.write|console\./.test(readFileSync(join(folder, file), 'utf8')),
    )
    expect(writing).toEqual([join('output', 'streams.ts')])
  })
})
