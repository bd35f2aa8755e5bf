import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { asApiError, logIn, loginReason } from "../api.ts";
import { Button } from "../parts/button.tsx";
import { Field } from "../parts/field.tsx";
import { Logo } from "../parts/logo.tsx";

export function Login() {
  const trouble = useSignal<string | null>(null);
  const isBusy = useSignal(false);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    document.title = "Log in · Shoal";
    input.current?.focus();
  }, []);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (isBusy.value || !input.current) return;
    isBusy.value = true;
    trouble.value = null;
    try {
      await logIn({ token: input.current.value.trim() });
    } catch (thrown) {
      trouble.value = asApiError(thrown).message;
      input.current?.select();
      input.current?.focus();
    } finally {
      isBusy.value = false;
    }
  };
  return (
    <main class="login">
      <h1>
        <Logo /> Shoal
      </h1>
      <form onSubmit={submit} method="post">
        {/* Password managers keep a name with each password: without one they offer the token of another daemon. */}
        <input
          class="unseen"
          type="text"
          name="username"
          autoComplete="username"
          value={location.host}
          tabIndex={-1}
          readOnly
          aria-hidden="true"
        />
        <Field
          label="Token"
          hint={
            <>
              <code>SHOAL_API_TOKEN</code>, or <code>SHOAL_READ_TOKEN</code> to look only. On the daemon's machine{" "}
              <code>shoal console</code> prints a link that needs none.
            </>
          }
          error={trouble.value}
        >
          {(control) => (
            <input {...control} ref={input} name="token" type="password" autoComplete="current-password" required />
          )}
        </Field>
        <Button kind="primary" isSubmit isBusy={isBusy.value}>
          Log in
        </Button>
        <p class="unseen" role="alert">
          {trouble}
        </p>
        {loginReason.value && <p class="hint">{loginReason.value}</p>}
      </form>
    </main>
  );
}
