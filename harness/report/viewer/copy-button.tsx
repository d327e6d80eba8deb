import { useState } from 'preact/hooks'

/** Copies a text; where the page may not, the text is beside it. */
export function CopyButton({ text }: { readonly text: string }) {
  const [said, say] = useState('copy')
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => say('copied'),
      () => say('not allowed'),
    )
  return (
    <button type="button" class="small" onClick={copy} aria-label={`copy: ${text}`}>
      {said}
    </button>
  )
}
