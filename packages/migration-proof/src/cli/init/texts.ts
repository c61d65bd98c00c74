import type { EngineName } from '../../engines/engine-names.ts'
import type { FoundTool } from '../../history/recognisers/find-tools.ts'
import type { PackageManager } from './package-manager.ts'

/** The config that reads the folder of a tool. */
export function configText(
  name: string,
  { entry, call, folder, options }: FoundTool,
  fixtures: string,
  engine: EngineName,
): string {
  const members = Object.entries(options).map(([key, value]) => `${key}: ${literal(value)}`)
  const given = [literal(folder), ...(members.length === 0 ? [] : [`{ ${members.join(', ')} }`])].join(', ')
  const shipped = engine === 'better-sqlite3' ? '' : `, engine: ${literal(engine)}`
  return `import { defineConfig } from 'migration-proof'
import { ${call} } from 'migration-proof/${entry}'

export default defineConfig({ name: ${literal(name)}, ...${call}(${given}), fixtures: ${literal(fixtures)}${shipped} })
`
}

function literal(value: string | boolean): string {
  return typeof value === 'string'
    ? `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
    : `${value}`
}

/** What runs the tests of a project. */
export type TestRunner = 'vitest' | 'jest' | 'bun' | 'node'

export interface TestFile {
  readonly runner: TestRunner
  /** Whether it is written with `import`; otherwise with `require`. */
  readonly imports: boolean
}

/** A test file of one line, which finds the config by itself: docs/test-runners.md. */
export function testText({ runner, imports }: TestFile): string {
  const entry = `migration-proof/${{ vitest: 'vitest', jest: 'jest', bun: 'bun', node: 'node-test' }[runner]}`
  const bring = imports
    ? `import { describeUpgrades } from '${entry}'`
    : `const { describeUpgrades } = require('${entry}')`
  return `${bring}\n\ndescribeUpgrades()\n`
}

/** Where a workflow runs: paths from the folder of the repository, with slashes; empty for that folder itself. */
export interface WorkflowFolders {
  readonly project: string
  /** That of the lockfile. */
  readonly lock: string
}

/** How a workflow is written. */
export interface WorkflowForm {
  readonly title: string
  /** Whether package.json says the version of the package manager. */
  readonly knowsVersion: boolean
}

/** Whether a workflow runs in a folder of the repository. */
export function runsIn(workflow: string, folder: string): boolean {
  return workflow.split('\n').some((line) => line.trim() === workingDirectory(folder))
}

function workingDirectory(folder: string): string {
  return `working-directory: ${folder === '' ? '.' : scalar(folder)}`
}

/** A workflow of GitHub that proves the upgrades, and compares each pull request with the branch that it goes into. */
export function workflowText(
  manager: PackageManager,
  { project, lock }: WorkflowFolders,
  { title, knowsVersion }: WorkflowForm,
): string {
  const cached =
    manager.lockFile === null || manager.name === 'bun' ? [] : [`          cache: ${manager.name}`]
  const lockPath =
    manager.lockFile === null ? '' : [lock, manager.lockFile].filter((part) => part !== '').join('/')
  const path =
    cached.length === 0 || lock === '' ? [] : [`          cache-dependency-path: ${scalar(lockPath)}`]
  const setUp = {
    npm: [],
    pnpm: [
      '      - uses: pnpm/action-setup@v4',
      ...(knowsVersion ? [] : ['        with:', '          version: latest']),
    ],
    yarn: knowsVersion ? ['      - run: corepack enable'] : [],
    bun: ['      - uses: oven-sh/setup-bun@v2'],
  }
  const inFolder = (folder: string) => (folder === project ? [] : [`        ${workingDirectory(folder)}`])
  return `${[
    `name: ${scalar(title)}`,
    '',
    'on:',
    '  push:',
    '    branches: [main, master]',
    '  pull_request:',
    '',
    'permissions:',
    '  contents: read',
    '',
    'jobs:',
    '  verify:',
    '    runs-on: ubuntu-latest',
    ...(project === '' ? [] : ['    defaults:', '      run:', `        ${workingDirectory(project)}`]),
    '    steps:',
    '      - uses: actions/checkout@v4',
    '        with:',
    '          # The gate compares with the branch that a pull request goes into.',
    '          fetch-depth: 0',
    ...setUp[manager.name],
    '      - uses: actions/setup-node@v4',
    '        with:',
    '          node-version: 24',
    ...cached,
    ...path,
    `      - run: ${manager.install}`,
    ...inFolder(lock),
    '      - run: npx --no-install migration-proof freeze --check',
    '      - run: npx --no-install migration-proof verify',
    '      - run: npx --no-install migration-proof lint',
    "      - if: github.event_name == 'pull_request'",
    '        run: npx --no-install migration-proof gate --history --base "origin/$GITHUB_BASE_REF"',
  ].join('\n')}\n`
}

/** A text of YAML. */
function scalar(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : JSON.stringify(text)
}
