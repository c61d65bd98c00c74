// Goal: where init cannot know what is meant, or a migration fails, it says so in one sentence, and what exists stays as it is.
import { spawnSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, describe, expect, it } from 'vitest'
import { ownBundle, packageFolder } from '../support/command-line.ts'
import { makeLinkedProject } from '../support/linked-project.ts'
import { canRun, need } from '../support/needs.ts'
import { makeProject, type ScratchProject } from '../support/scratch-project.ts'

const notes = 'CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL);\n'
const made: ScratchProject[] = []
afterAll(() => {
  for (const project of made) project.destroy()
})

function make(files: Readonly<Record<string, string>>): ScratchProject {
  const project = makeLinkedProject(files)
  made.push(project)
  return project
}

/** The one sentence of a run that ends with 2, and has changed nothing. */
function refusalOf(project: ScratchProject, ...options: readonly string[]): string {
  const { exitCode, stderr } = project.run(['init', ...options])
  expect(stderr).toMatch(/^Error: [^\n]+\.\n$/)
  expect(exitCode).toBe(2)
  expect(project.git('status', '--porcelain')).toBe('')
  return stderr
}

const two = {
  'drizzle.config.ts': "export default { out: './drizzle', dialect: 'sqlite' }\n",
  'wrangler.jsonc': '{ "d1_databases": [{ "database_name": "shop", "migrations_dir": "drizzle" }] }\n',
  'drizzle/meta/_journal.json':
    '{ "dialect": "sqlite", "entries": [{ "idx": 0, "tag": "0000_a", "when": 1 }] }\n',
  'drizzle/0000_a.sql': notes,
}

describe('two tools that fit alike', () => {
  it('are named with the options that choose one, by --yes and where no one can be asked', () => {
    const project = make(two)
    for (const options of [['--yes'], ['--yes', '--json'], []]) {
      const refusal = refusalOf(project, ...options)
      expect(refusal).toContain('drizzle: drizzle.config.ts leads to the folder drizzle')
      expect(refusal).toContain('--tool drizzle --folder drizzle, or --tool d1 --folder drizzle')
    }
  })

  it('are one by the table of a database, or an option', () => {
    const project = make(two)
    const database = new Database(join(project.folder, 'node_modules/data.db'))
    database.exec('CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY, name TEXT)')
    database.close()
    const { stdout } = project.run(['init', '--database', 'node_modules/data.db'])
    expect(stdout).toMatch(/^Found d1: .*; node_modules\/data\.db has the table d1_migrations$/m)
    expect(project.run(['init', '--tool', 'drizzle']).stdout).toMatch(/^Found drizzle: /)
  })
})

describe('a folder in which the tool does not keep its migrations', () => {
  it('is answered by where it does', () => {
    const umzug = "import { Umzug } from 'umzug'\nexport const migrator = new Umzug({})\n"
    const project = make({ 'src/umzug.mjs': umzug, 'steps/1_notes.mjs': 'export const up = () => {}\n' })
    expect(refusalOf(project, '--folder', 'steps')).toMatch(
      /^Error: --folder steps: .* none there, and umzug: src\/umzug\.mjs exports an Umzug; give --tool umzug --folder src\/umzug\.mjs, or/,
    )
    expect(refusalOf(project, '--folder', 'src/umzug.mjs', '--yes')).toMatch(/umzug/)
  })
})

describe('a folder of packages', () => {
  const workspace = {
    'package.json': '{ "private": true, "workspaces": ["packages/*"] }\n',
    'packages/db/package.json': '{ "name": "db", "type": "module" }\n',
    'packages/db/migrations/1_notes.sql': notes,
    'packages/web/package.json': '{ "name": "web" }\n',
  }

  it('has the one with migrations set up', () => {
    const project = make(workspace)
    const { stdout, exitCode } = project.run(['init', '--yes'])
    expect(stdout).toMatch(/^In packages\/db:\nFound folder: /)
    expect(stdout).toContain('cd packages/db && npm run migrations:freeze')
    expect(exitCode).toBe(0)
    expect(project.read('packages/db/migration-proof.config.mjs')).toContain("sqlFolder('migrations')")
    const workflow = project.read('.github/workflows/migrations.yml')
    expect(workflow).toContain('        working-directory: packages/db\n')
    expect(project.read('package.json')).toBe(workspace['package.json'])
  })

  it('with several is refused, and each is named', () => {
    const project = make({ ...workspace, 'packages/web/migrations/1_notes.sql': notes })
    const refusal = refusalOf(project, '--yes')
    expect(refusal).toContain('packages/db: folder, and packages/web: folder')
    expect(refusal).toContain('`cd packages/db`')
  })
})

describe('what is refused', () => {
  it('is a project without migrations, with what looks like them', () => {
    const project = make({ 'knexfile.js': "export default { client: 'pg' }\n" })
    expect(refusalOf(project, '--yes')).toContain('knexfile.js is for pg, and not for SQLite')
    expect(refusalOf(make({ 'a.txt': '' }), '--yes')).toMatch(
      /expected a folder of drizzle, .*, found none; /,
    )
  })

  it.for([
    [['--tool', 'drizle'], 'perhaps drizzle was meant'],
    [['--folder', 'nowhere'], 'found no such folder'],
    [['--database', 'nowhere.db'], 'nowhere.db'],
    [['--tool', 'prisma'], 'expected a folder of prisma, found none'],
  ] as const)('is a wrong option: %j', ([options, says]) => {
    expect(refusalOf(make({ 'migrations/1.sql': notes }), '--yes', ...options)).toContain(says)
  })

  it('is a run without a terminal and without --yes', () => {
    const project = make({ 'migrations/1.sql': notes })
    const refusal = refusalOf(project)
    expect(project.run(['init'], { env: { FORCE_COLOR: '1' } }).stdout).not.toContain('u{1b}')
    expect(refusal).toContain('expected a terminal on which a question can be answered, or --yes')
  })

  it('is a package.json that is no JSON', () => {
    const refusal = refusalOf(make({ 'package.json': '{', 'migrations/1.sql': notes }), '--yes')
    expect(refusal).toContain('package.json: expected a package.json')
  })

  it('is a tool beside a config, which names it', () => {
    const project = make({ 'migrations/1.sql': notes, 'migration-proof.config.mjs': '' })
    expect(refusalOf(project, '--yes', '--tool', 'folder')).toContain(
      'leave these options out, or delete the config',
    )
  })

  it('are migrations that the entry cannot read, and nothing is left', () => {
    const project = make({ 'm/001_a.sql': '-- +goose Up\n', 'm/002_b.go': 'package m\n' })
    expect(refusalOf(project, '--yes')).toContain('002_b.go, which is written in Go')
  })
})

describe('a migration that fails', () => {
  it('is named, with what to do, and the config alone is written; the next run goes on', () => {
    const project = make({ 'migrations/1_a.sql': notes, 'migrations/2_b.sql': notes })
    const { exitCode, stderr } = project.run(['init', '--yes'])
    expect(stderr).toMatch(
      /Error: Migration v2 \(2_b\.sql\).*table note already exists.*; then run `migration-proof init` again; so far it wrote migration-proof\.config\.mjs\.\n$/,
    )
    expect(exitCode).toBe(1)
    expect(project.git('status', '--porcelain')).toBe('?? migration-proof.config.mjs\n')
    project.write('migrations/2_b.sql', 'CREATE INDEX note_text ON note (text);\n')
    const next = project.run(['init', '--yes'])
    expect(next.exitCode).toBe(0)
    expect(next.stdout).toMatch(/^Undo: .*\.github\/workflows\/migrations\.yml fixtures$/m)
    expect(project.read('tests/migrations.test.js')).toContain('describeUpgrades()')
  })

  it('by the rows of users makes the exit code 1, and all is written', () => {
    const project = make({
      'migrations/1_a.sql': `${notes}CREATE TABLE tag (note INTEGER REFERENCES note (id));\n`,
      'migrations/2_b.sql': 'DELETE FROM tag;\n',
    })
    const { exitCode, stdout } = project.run(['init', '--yes'])
    expect(stdout).toContain(
      'Something is not proven: see above what it is, and what to do. `npm run migrations:verify` shows it again.',
    )
    expect(exitCode).toBe(1)
    expect(project.run(['verify']).exitCode).toBe(1)
  })
})

it('files that exist are named and left, to the byte', () => {
  const files = {
    'package.json':
      '{"type":"module","scripts":{"migrations:verify":"mine"},"devDependencies":{"vitest":"*","typescript":"*"}}',
    'fixtures/mine.txt': 'mine\n',
    'test/migrations.test.ts': '// mine\n',
    '.github/workflows/migrations.yml': '# mine\n',
    'migrations/1_notes.sql': notes,
  }
  const project = make(files)
  const { exitCode, stdout } = project.run(['init', '--yes'])
  for (const left of [
    'test/migrations.test.ts',
    '.github/workflows/migrations.yml',
    'script migrations:verify',
  ])
    expect(stdout).toMatch(new RegExp(`^ {2}= ${left} +is there, and stays as it is$`, 'm'))
  expect(exitCode).toBe(0)
  for (const [file, text] of Object.entries(files))
    if (file !== 'package.json') expect(project.read(file)).toBe(text)
  expect(project.read('package.json')).toBe(
    files['package.json'].replace(
      '"mine"',
      '"mine","migrations:freeze":"migration-proof freeze","migrations:lint":"migration-proof lint"',
    ),
  )
  expect(project.read('migration-proof.config.ts')).toContain("fixtures: 'migration-fixtures'")
})

/** A terminal of its own, from util-linux. */
const script = need('the program script, which makes a terminal', canRun('script', '--version'))

describe.skipIf(!script.isMet)('questions on a terminal', () => {
  const answer = (project: ScratchProject, input: string) => {
    const parameters = ['-qec', `"${process.execPath}" "${ownBundle}" init`, '/dev/null']
    return spawnSync('script', parameters, { cwd: project.folder, input, encoding: 'utf8' })
  }

  it('are which tool applies the migrations, and whether to go on', () => {
    const { stdout, status } = answer(make(two), 'x\n2\nn\n')
    expect(stdout).toContain('Which of them applies the migrations? [1/2]')
    expect(stdout).toMatch(/reads drizzle with migration-proof\/d1[\s\S]*Go on\? \[Y\/n\]/)
    expect(status).toBe(2)
  })

  it.for([
    ['a no', 'n\n'],
    ['the end of the input', '\u0004'],
  ])('are answered with %s, and nothing is written', ([, input = '']) => {
    const project = make({ 'migrations/1.sql': notes })
    const { stdout, status } = answer(project, input)
    expect(stdout).toContain('nothing was written')
    expect(status).toBe(2)
    expect(project.git('status', '--porcelain')).toBe('')
  })
})

describe.skipIf(process.platform === 'win32')('packages that are missing', () => {
  const files = {
    '.gitignore': 'node_modules\nbin\n',
    'package.json': '{\n  "name": "shop"\n}\n',
    'pnpm-lock.yaml': '',
    'migrations/1_notes.sql': notes,
  }

  /** A package manager that does this. */
  const withManager = (project: ScratchProject, lines: readonly string[]) => {
    project.write('bin/pnpm', ['#!/bin/sh', ...lines, ''].join('\n'))
    chmodSync(join(project.folder, 'bin/pnpm'), 0o755)
    return { PATH: `${join(project.folder, 'bin')}:${process.env.PATH}` }
  }

  it('are installed by the package manager of the lockfile', () => {
    const project = makeProject(files)
    made.push(project)
    const modules = join(packageFolder, '../../node_modules')
    const env = withManager(project, [
      'echo "$@" > bin/given',
      `mkdir node_modules && ln -s ${modules}/better-sqlite3 node_modules && ln -s ${packageFolder} node_modules/migration-proof`,
    ])
    const { exitCode, stdout } = project.run(['init', '--yes'], { env })
    const { version } = JSON.parse(project.read('node_modules/migration-proof/package.json'))
    expect(project.read('bin/given')).toMatch(/^add --save-dev migration-proof@\^\S+ better-sqlite3@\^\d/)
    expect(project.read('bin/given')).toContain(`migration-proof@^${version} `)
    expect(stdout).toContain('pnpm run migrations:verify')
    expect(exitCode).toBe(0)
    expect(project.read('.github/workflows/migrations.yml')).toContain('pnpm install --frozen-lockfile')
  })

  it('that cannot be installed are named, and nothing is written', () => {
    const project = makeProject(files)
    made.push(project)
    const env = withManager(project, [
      "printf 'npm error code ENOTFOUND\\nnpm error syscall getaddrinfo\\nnpm error request failed: ENOTFOUND\\n' >&2",
      'exit 1',
    ])
    const { exitCode, stderr } = project.run(['init', '--yes'], { env })
    expect(stderr).toMatch(
      /Error: `pnpm add --save-dev .*request failed: ENOTFOUND.*nothing else was written\.\n$/,
    )
    expect(exitCode).toBe(2)
    expect(project.git('status', '--porcelain')).toBe('')
  })

  it('leave no package.json where there was none', () => {
    const { 'package.json': _, ...others } = files
    const project = makeProject(others)
    made.push(project)
    const env = withManager(project, ['exit 1'])
    expect(project.run(['init', '--yes'], { env }).exitCode).toBe(2)
    expect(project.git('status', '--porcelain')).toBe('')
  })
})
