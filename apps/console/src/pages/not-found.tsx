import { PageHead } from "../parts/page-head.tsx";
import { Text } from "../parts/text.tsx";
import { addressOf, place } from "../router.ts";

export function NotFound() {
  return (
    <>
      <PageHead title="There is no such page" />
      <p>
        Nothing is shown at <code>{<Text>{place.value.path}</Text>}</code>.{" "}
        <a href={addressOf("/")}>Go to the overview</a>
      </p>
    </>
  );
}
