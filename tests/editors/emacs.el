;;; emacs.el --- Eglot against `stacklint lsp`  -*- lexical-binding: t -*-

;; What Flymake shows is compared with what `stacklint check` says.
;;
;;   STACKLINT=... emacs -q --batch -l emacs.el     in a copy of ./stack
;;
;; `-q` and not `-Q`, which would hide the packages of the system (Debian's Eglot for Emacs 28; 29 and later bring their own).

(package-initialize)
(require 'eglot)
(require 'flymake)
(require 'json)

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

(defun open-with-server (name mode)
  "Visit NAME in MODE and connect it with the server."
  (find-file name)
  (funcall mode)
  (if (eglot-current-server) (eglot--maybe-activate-editing-mode) (call-interactively #'eglot))
  (wait-for #'eglot-managed-p)
  (current-buffer))

(defun run ()
  "All of it."
  (let ((eglot-sync-connect 20)
        (eglot-autoshutdown nil)
        (compose nil))
    ;; Not YAML mode, which Emacs 28 lacks.
    (setq eglot-server-programs `(((conf-mode conf-unix-mode conf-space-mode) . (,(getenv "STACKLINT") "lsp"))))
    (setq compose (open-with-server "compose.yaml" #'conf-unix-mode))
    (say (eglot-managed-p) "Eglot and the server agree")
    (say (wait-for #'flymake-diagnostics) "problems arrive")
    (same (shown) (checked "compose.yaml") "they are those of `stacklint check`, at the same characters")
    (open-with-server ".env" #'conf-unix-mode)
    (goto-char (point-min))
    (search-forward "BIND=127.0.0.1\n")
    (replace-match "")
    (eglot--signal-textDocument/didChange)
    (with-current-buffer compose
      (say (wait-for (lambda () (member "3 ${BIND}" (shown))))
           "an unsaved edit of .env is a problem in compose.yaml, behind an emoji"
           (format "%S" (shown)))
      (goto-char (point-min))
      (search-forward "${BIND")
      (let* ((actions (eglot-code-actions (line-beginning-position 1) (line-end-position) "quickfix"))
             (preferred (or (seq-find (lambda (action) (eq t (plist-get action :isPreferred))) actions) (seq-first actions))))
        (when (say preferred "there is an action" (format "%S" (mapcar (lambda (a) (plist-get a :title)) actions)))
          (eglot--apply-workspace-edit (plist-get preferred :edit))
          (same (buffer-substring-no-properties (line-beginning-position) (line-end-position))
                "  db: {image: \"postgres:17\", labels: {team: \"é😀\"}, ports: [\"${BIND:-127.0.0.1}:5432:5432\"]}"
                "the fixed line"))))
    (let ((server (eglot-current-server)))
      (eglot-shutdown server)
      (say (not (jsonrpc-running-p server)) "the server ends when it is asked to"))))

(princ (format "     Emacs %s\n" emacs-version))
(condition-case problem (run) (error (say nil "the script" (format "%S" problem))))
(kill-emacs (if (> failed 0) 1 0))
