// Goal: GitHub takes the forms for issues: https://docs.github.com/en/communities/using-templates-to-encourage-useful-issues-and-pull-requests/syntax-for-githubs-form-schema
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import Ajv2020 from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { projectFolder } from '../support/imports.ts'

const text = { type: 'string', minLength: 1 }
const identifier = { type: 'string', pattern: '^[A-Za-z0-9_-]+$' }
const closed = (required: readonly string[], properties: object) => ({
  type: 'object',
  additionalProperties: false,
  required,
  properties,
})

/** An element that a person fills in, with these attributes beside its label. */
const field = (type: string, attributes: object, required: readonly string[] = []) =>
  closed(['type', 'attributes'], {
    type: { const: type },
    id: identifier,
    attributes: closed(['label', ...required], { label: text, description: text, ...attributes }),
    validations: closed([], { required: { type: 'boolean' } }),
  })

const options = (items: object) => ({ type: 'array', minItems: 1, uniqueItems: true, items })
const schema = closed(['name', 'description', 'body'], {
  name: text,
  description: text,
  title: text,
  labels: { type: 'array', items: text },
  assignees: { type: 'array', items: text },
  projects: { type: 'array', items: text },
  body: {
    type: 'array',
    minItems: 1,
    // One that a person fills in.
    contains: {
      type: 'object',
      properties: { type: { enum: ['input', 'textarea', 'dropdown', 'checkboxes'] } },
    },
    items: {
      oneOf: [
        closed(['type', 'attributes'], {
          type: { const: 'markdown' },
          attributes: closed(['value'], { value: text }),
        }),
        field('input', { placeholder: text, value: text }),
        field('textarea', { placeholder: text, value: text, render: text }),
        field(
          'dropdown',
          { multiple: { type: 'boolean' }, options: options(text), default: { type: 'integer' } },
          ['options'],
        ),
        field(
          'checkboxes',
          { options: options(closed(['label'], { label: text, required: { type: 'boolean' } })) },
          ['options'],
        ),
      ],
    },
  },
})
const ajv = new Ajv2020.default({ strict: true, strictRequired: false })
const isForm = ajv.compile(schema)

const folder = join(projectFolder, '.github', 'ISSUE_TEMPLATE')
const names = readdirSync(folder).filter((name) => name !== 'config.yml')
const read = (name: string) => parse(readFileSync(join(folder, name), 'utf8'))

describe.for(names)('the form %s', (name) => {
  const form = read(name)

  it('is one', () => {
    expect(isForm(form), ajv.errorsText(isForm.errors)).toBe(true)
  })

  it('names each field once', () => {
    const fields: readonly { readonly id?: string; readonly attributes: { readonly label?: string } }[] =
      form.body
    const ids = fields.flatMap(({ id }) => id ?? [])
    const labels = fields.flatMap(({ attributes }) => attributes.label ?? [])
    expect(new Set(ids).size).toBe(ids.length)
    expect(new Set(labels).size).toBe(labels.length)
  })
})

describe('the schema', () => {
  const [form] = names.map(read)

  it.for([
    ['without a body', { ...form, body: [] }],
    ['with an element that is none', { ...form, body: [{ type: 'text', attributes: { label: 'a' } }] }],
    [
      'with a dropdown of nothing',
      { ...form, body: [{ type: 'dropdown', attributes: { label: 'a', options: [] } }] },
    ],
    ['with text alone', { ...form, body: [{ type: 'markdown', attributes: { value: 'a' } }] }],
    [
      'with a number as an option',
      { ...form, body: [{ type: 'dropdown', attributes: { label: 'a', options: [1] } }] },
    ],
  ] as const)('refuses a form %s', ([, faulty]) => {
    expect(isForm(faulty)).toBe(false)
  })
})

it('what the forms and GitHub lead to is there', () => {
  for (const name of [
    'SECURITY.md',
    'CODE_OF_CONDUCT.md',
    'CONTRIBUTING.md',
    '.github/pull_request_template.md',
  ])
    expect(existsSync(join(projectFolder, name))).toBe(true)
  expect(read('config.yml')).toEqual({ blank_issues_enabled: true })
})
