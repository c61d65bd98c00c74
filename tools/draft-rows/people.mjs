/** @typedef {ReturnType<typeof import('./world.mjs').createWorld>} World */
/** @typedef {import('./world.mjs').Person} Person */
/** @typedef {import('./world.mjs').Ref} Ref */

/** @param {World} world @param {Person} author @param {string} displayName @param {string} description */
export function writeProfile(
  world,
  author,
  displayName,
  description,
  { avatar = false, createdAt = true } = {},
) {
  world.pass(1, 50)
  const content = { displayName, description }
  if (avatar) content.avatar = world.blob('image/jpeg')
  if (createdAt) content.createdAt = undefined
  return world.write(author, 'app.bsky.actor.profile', content, 'self')
}

/**
 * A post. `tag` marks that hashtag in the text as one, `mention` marks a person's handle, `reply` names what it answers.
 *
 * @param {World} world @param {Person} author @param {string} text @param {string} language
 * @param {{ tag?: string, mention?: Person, reply?: { root: Ref, parent: Ref } }} [extras]
 */
export function writePost(world, author, text, language, { tag, mention, reply } = {}) {
  return world.write(author, 'app.bsky.feed.post', postOf(text, language, { tag, mention, reply }))
}

export function postOf(text, language, { tag, mention, reply } = {}) {
  const facets = []
  if (tag) facets.push(facetOf(text, `#${tag}`, { $type: 'app.bsky.richtext.facet#tag', tag }))
  if (mention) {
    const feature = { $type: 'app.bsky.richtext.facet#mention', did: mention.did }
    facets.push(facetOf(text, `@${mention.handle}`, feature))
  }
  return {
    text,
    langs: [language],
    ...(facets.length > 0 && { facets }),
    ...(reply && { reply }),
    createdAt: undefined,
  }
}

/** @param {string} text @param {string} part @param {Record<string, unknown>} feature */
function facetOf(text, part, feature) {
  const at = text.indexOf(part)
  if (at < 0) throw new Error(`draft-rows: the post '${text}' does not hold '${part}'.`)
  const byteStart = Buffer.byteLength(text.slice(0, at))
  return { index: { byteStart, byteEnd: byteStart + Buffer.byteLength(part) }, features: [feature] }
}

/** @param {World} world @param {Person} author @param {Ref} subject */
const writeLike = (world, author, subject) =>
  world.write(author, 'app.bsky.feed.like', {
    subject: { uri: subject.uri, cid: subject.cid },
    createdAt: undefined,
  })

/** @param {World} world @param {Person} author @param {Person} subject */
export const writeFollow = (world, author, subject) =>
  world.write(author, 'app.bsky.graph.follow', { subject: subject.did, createdAt: undefined })

/**
 * Likes and follows among people, drawn by chance, none twice and nobody himself.
 *
 * @param {World} world @param {Person[]} people @param {Ref[]} subjects @param {{ likes: number, follows: number }} counts
 */
export function mingle(world, people, subjects, { likes, follows }) {
  const seen = new Set()
  const once = (key) => !seen.has(key) && seen.add(key)
  while (likes + follows > 0) {
    const author = world.random.pick(people)
    const subject = world.random.pick(subjects)
    if (likes > 0 && once(`${author.did} ${subject.uri}`)) {
      writeLike(world, author, subject)
      likes -= 1
    }
    const other = world.random.pick(people)
    if (follows > 0 && other !== author && once(`${author.did} ${other.did}`)) {
      writeFollow(world, author, other)
      follows -= 1
    }
  }
}
