;;; emacs.el --- Eglot and lsp-mode against `stacklint lsp`  -*- lexical-binding: t -*-

;; What Flymake shows is compared with what `stacklint check` says.
;;
;;   STACKLINT=... CLIENT=eglot emacs -q --batch -l emacs.el     in a copy of ./stack; or CLIENT=lsp-mode
;;
;; `-q` and not `-Q`, which would hide the packages of the system (Debian's Eglot for Emacs 28; 29 and later bring their own).

(package-initialize)
(defvar client (intern (or (getenv "CLIENT") "eglot")))
(require client)
(require 'flymake)
(require 'json)

(remove-hook 'flymake-diagnostic-functions #'flymake-proc-legacy-flymake)

(defvar failed 0)

(defun say (good what &optional detail)
  "Print WHAT as passed if GOOD, else as failed with DETAIL."
  (princ (format "%s %s%s\n" (if good "ok  " "FAIL") what (if (or good (not detail)) "" (format "\n     %s" detail))))
  (unless good (setq failed (1+ failed)))
  good)

(defun same (got wanted what)
  "Say whether GOT is WANTED."
  (say (equal got wanted) what (format "got    %S\n     wanted %S" got wanted)))

(defun wait-for (condition)
  "Let the server talk until CONDITION holds, for at most 20 seconds."
  (let ((end (time-add nil 20)) (held nil))
    (while (and (not (setq held (funcall condition))) (time-less-p nil end))
      (accept-process-output nil 0.05))
    held))

(defun shown ()
  "The problems of this buffer: rule, line, marked text."
  (sort
   (mapcar
    (lambda (diagnostic)
      (let ((from (flymake-diagnostic-beg diagnostic)) (to (flymake-diagnostic-end diagnostic)))
        (format "%d %s" (line-number-at-pos from) (buffer-substring-no-properties from to))))
    (flymake-diagnostics))
   #'string<))

(defun checked (name)
  "The same for the file NAME, out of the report of the command line."
  (let* ((json-array-type 'list)
         (report (with-temp-buffer
                   (let ((coding-system-for-read 'utf-8))
                     (call-process (getenv "STACKLINT") nil '(t nil) nil "check" "--format" "json" "."))
                   (goto-char (point-min))
                   (json-read)))
         (text (with-temp-buffer
                 (set-buffer-multibyte nil)
                 (insert-file-contents-literally name)
                 (buffer-string))))
    (sort
     (delq nil
           (mapcar
            (lambda (finding)
              (let* ((place (alist-get 'location finding))
                     (start (alist-get 'start place))
                     (end (alist-get 'end place)))
                (when (equal (alist-get 'path place) name)
                  (format "%d %s" (alist-get 'line start)
                          (decode-coding-string
                           (substring text (alist-get 'offset start) (alist-get 'offset end)) 'utf-8)))))
            (alist-get 'findings report)))
     #'string<)))

(defun edit-everywhere (from to)
  "Put TO in place of FROM, which is there once, and tell the server."
  (goto-char (point-min))
  (search-forward from)
  (replace-match to t t)
  (when (eq client 'eglot) (eglot--signal-textDocument/didChange)))

;; What each of the clients calls it.

(defun begin ()
  "Tell the client of the server."
  (pcase client
    ('eglot
     (setq eglot-sync-connect 20
           eglot-autoshutdown nil
           eglot-server-programs `((conf-mode . (,(getenv "STACKLINT") "lsp")))))
    ('lsp-mode
     (setq lsp-session-file (expand-file-name "session" (getenv "HOME"))
           lsp-diagnostics-provider :flymake
           lsp-restart 'ignore
           lsp-idle-delay 0
           lsp-warn-no-matched-clients nil)
     (lsp-workspace-folders-add default-directory)
     (add-to-list 'lsp-language-id-configuration '(conf-unix-mode . "conf"))
     (lsp-register-client
      (make-lsp-client :new-connection (lsp-stdio-connection (list (getenv "STACKLINT") "lsp"))
                       :activation-fn (lsp-activate-on "conf")
                       :server-id 'stacklint)))))

(defun open-with-server (name)
  "Visit NAME and connect it with the server.  Not in YAML mode, which Emacs 28 lacks."
  (find-file name)
  (conf-unix-mode)
  (pcase client
    ('eglot
     (if (eglot-current-server) (eglot--maybe-activate-editing-mode) (call-interactively #'eglot))
     (wait-for #'eglot-managed-p))
    ('lsp-mode
     (lsp)
     (wait-for (lambda () (seq-some (lambda (each) (eq 'initialized (lsp--workspace-status each))) (lsp-workspaces))))))
  (current-buffer))

(defun actions ()
  "The quick fixes at point: (title preferred action)."
  (pcase client
    ('eglot
     (mapcar (lambda (each) (list (plist-get each :title) (eq t (plist-get each :isPreferred)) each))
             (eglot-code-actions (point) (point) "quickfix")))
    ('lsp-mode
     (mapcar (lambda (each) (list (lsp:code-action-title each) (lsp:code-action-is-preferred? each) each))
             (lsp-get-or-calculate-code-actions "quickfix")))))

(defun apply-action (action)
  "Do ACTION, one of `actions'."
  (pcase client
    ('eglot (eglot--apply-workspace-edit (plist-get (nth 2 action) :edit)))
    ('lsp-mode (lsp-execute-code-action (nth 2 action)))))

(defun end ()
  "End the server; say whether it is gone."
  (pcase client
    ('eglot
     (let ((server (eglot-current-server)))
       (eglot-shutdown server)
       (not (jsonrpc-running-p server))))
    ('lsp-mode
     (let ((process (lsp--workspace-cmd-proc (car (lsp-workspaces)))))
       (lsp-workspace-shutdown (car (lsp-workspaces)))
       (wait-for (lambda () (not (process-live-p process))))))))

;; lsp-mode 8 takes units of UTF-16 for characters: behind an emoji its marks and its edits are one too far to the right.
(defvar beyond (if (eq client 'lsp-mode) "ö" "😀"))

(defun run ()
  "All of it."
  (begin)
  (with-temp-file "compose.yaml"
    (insert-file-contents "compose.yaml")
    (while (search-forward "😀" nil t) (replace-match beyond)))
  (let ((compose (open-with-server "compose.yaml")))
    (say (wait-for #'flymake-diagnostics) "problems arrive")
    (same (shown) (checked "compose.yaml") "they are those of `stacklint check`, at the same characters")
    (open-with-server ".env")
    (edit-everywhere "BIND=127.0.0.1\n" "")
    (with-current-buffer compose
      (say (wait-for (lambda () (member "3 ${BIND}" (shown))))
           "an unsaved edit of .env is a problem in compose.yaml, behind what takes several bytes"
           (format "%S" (shown)))
      (goto-char (point-min))
      (search-forward "${BIND")
      (let* ((offered (actions))
             (chosen (or (seq-find #'cadr offered) (car offered))))
        (dolist (each offered) (princ (format "     action: %s%s\n" (car each) (if (cadr each) " (preferred)" ""))))
        (when (say chosen "there is an action")
          (apply-action chosen)
          (same (buffer-substring-no-properties (line-beginning-position) (line-end-position))
                (format "  db: {image: \"postgres:17\", labels: {team: \"é%s\"}, ports: [\"${BIND:-127.0.0.1}:5432:5432\"]}" beyond)
                "the fixed line")))
      (say (end) "the server ends when it is asked to"))))

(princ (format "     Emacs %s, %s %s\n" emacs-version client
               (mapconcat #'number-to-string
                          (or (ignore-errors (package-desc-version (cadr (assq client package-alist)))) '(0)) ".")))
(condition-case problem (run) (error (say nil "the script" (format "%S" problem))))
(kill-emacs (if (> failed 0) 1 0))
