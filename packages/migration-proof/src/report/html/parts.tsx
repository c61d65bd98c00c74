import type { ComponentChildren } from 'preact'

type Outcome = 'passed' | 'failed'

/** A section of the page, which the navigation leads to. */
export function Section(props: {
  readonly id: string
  readonly title: string
  readonly lead?: string | undefined
  readonly children: ComponentChildren
}) {
  const { id, title, lead, children } = props
  return (
    <section id={id} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{title}</h2>
      {lead === undefined ? null : <p class="lead">{lead}</p>}
      {children}
    </section>
  )
}

/** What is shown of a part that was not run. */
export function NotRun({ what }: { readonly what: string }) {
  return (
    <p class="not-run">
      <strong>Not run.</strong> {what}
    </p>
  )
}

/** What alone was tried, where not all was. */
export function Limit({ limitedTo }: { readonly limitedTo: string | null | undefined }) {
  if (limitedTo === null || limitedTo === undefined) return null
  return <p class="limit">Only {limitedTo}.</p>
}

export function Mark({ outcome }: { readonly outcome: Outcome | null }) {
  if (outcome === null) return <span class="mark none" role="img" aria-label="not run" />
  return <span class={`mark ${outcome}`} role="img" aria-label={outcome} />
}

/** A box that scrolls by itself where the page is too narrow. It must be reachable without a mouse. */
export function Scroll(props: {
  readonly label: string
  readonly class?: string
  readonly children: ComponentChildren
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
    <section class={`scroll ${props.class ?? ''}`} tabIndex={0} aria-label={props.label}>
      {props.children}
    </section>
  )
}

/** A table that scrolls by itself. */
export function Table(props: {
  readonly caption: string
  readonly class?: string
  readonly children: ComponentChildren
}) {
  return (
    <Scroll label={props.caption}>
      <table class={props.class ?? ''}>
        <caption class="hidden">{props.caption}</caption>
        {props.children}
      </table>
    </Scroll>
  )
}

export function Head({ titles }: { readonly titles: readonly string[] }) {
  return (
    <thead>
      <tr>
        {titles.map((title) => (
          <th key={title} scope="col">
            {title}
          </th>
        ))}
      </tr>
    </thead>
  )
}
