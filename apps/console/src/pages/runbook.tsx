import { type Block, type Inline, parseMarkdown } from "../markdown.ts";
import { PageHead } from "../parts/page-head.tsx";
import { Loaded } from "../parts/states.tsx";
import { Code, Text } from "../parts/text.tsx";
import { addressOf, place } from "../router.ts";
import { useResource } from "../use-resource.ts";

/** What to do when an alert fires. Comes from the daemon itself: it is needed when little else works. */
export function Runbook() {
  const name = place.value.path.split("/")[2] ?? "";
  const body = useResource<string>(`/api/console/runbooks/${encodeURIComponent(name)}`);
  return (
    <>
      <PageHead title={name} above={<a href={addressOf("/")}>Overview</a>} />
      <article class="prose">
        <Loaded of={body} rows={8}>
          {(text) =>
            parseMarkdown(text)
              .filter((block) => block.kind !== "heading" || block.level > 1)
              .map((block, index) => <BlockView key={`${index}-${block.kind}`} block={block} />)
          }
        </Loaded>
      </article>
    </>
  );
}

function BlockView({ block }: { readonly block: Block }) {
  switch (block.kind) {
    case "heading":
      return block.level === 3 ? <h3>{pieces(block.content)}</h3> : <h2>{pieces(block.content)}</h2>;
    case "paragraph":
      return <p>{pieces(block.content)}</p>;
    case "code":
      return <Code label="To copy">{block.text}</Code>;
    case "list": {
      const items = block.items.map((item, index) => <li key={`${index}-${item.length}`}>{pieces(item)}</li>);
      return block.isNumbered ? <ol>{items}</ol> : <ul>{items}</ul>;
    }
  }
}

const pieces = (content: readonly Inline[]) =>
  content.map((piece, index) => <Piece key={`${index}-${piece.text}`} piece={piece} />);

function Piece({ piece }: { readonly piece: Inline }) {
  switch (piece.kind) {
    case "code":
      return <code>{piece.text}</code>;
    case "strong":
      return <strong>{piece.text}</strong>;
    case "link": {
      const runbook = /^(Shoal\w+)\.md$/.exec(piece.to)?.[1];
      return runbook ? <a href={addressOf(`/runbooks/${runbook}`)}>{piece.text}</a> : <Text>{piece.text}</Text>;
    }
    case "text":
      return <Text>{piece.text}</Text>;
  }
}
